import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { InputError } from '../../core/index.ts';
import {
  type EngineOptions,
  readModelTensors,
  readSafetensorsFile,
  type Safetensors,
  type TensorSource,
} from '../../models/index.ts';

/** One row of a case's `compare`: which result against which reference, the error measured between them and the limit. */
export interface CompareRow {
  readonly result: string;
  readonly reference: string;
  /** Measured difference of float32 from float64. */
  readonly measured: number;
  /** Largest difference that agrees; 0 means equal. */
  readonly limit: number;
}

/** A golden case: configuration, weights, inputs and the results that another implementation gave. The streams use its engine. */
export interface ParityCase extends Pick<EngineOptions, 'engine'> {
  readonly name: string;
  readonly family: string;
  /** Class of the model. */
  readonly className: string;
  readonly config: unknown;
  readonly rows: readonly CompareRow[];
  /** The whole description of the case. */
  readonly sidecar: Readonly<Record<string, unknown>>;
  readonly weights: TensorSource;
  /** Inputs `in.*` and results `out.*`, `f64.*`. */
  readonly tensors: Safetensors;
}

/** Where a case lies: a pair of files, or a directory as a model is saved, with `expected.*` beside it. */
export interface CasePlace {
  readonly name: string;
  readonly sidecar: string;
  readonly tensors: string;
  /** Directory of the model where its weights are not among the tensors. */
  readonly model?: string;
}

/** Finds the cases of a directory, by name. */
export function findCases(directory: string): CasePlace[] {
  const places: CasePlace[] = [];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isFile() && entry.name.endsWith('.safetensors')) {
      const name = basename(entry.name, '.safetensors');
      places.push({ name, sidecar: join(directory, `${name}.json`), tensors: path });
    } else if (entry.isDirectory() && existsSync(join(path, 'expected.json'))) {
      places.push({
        name: entry.name,
        sidecar: join(path, 'expected.json'),
        tensors: join(path, 'expected.safetensors'),
        model: path,
      });
    }
  }
  // A description without its tensors is a case too: one that cannot be read.
  for (const entry of readdirSync(directory)) {
    const name = basename(entry, '.json');
    if (!entry.endsWith('.json') || places.some((place) => place.name === name)) continue;
    places.push({ name, sidecar: join(directory, entry), tensors: join(directory, `${name}.safetensors`) });
  }
  return places.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Reads a case.
 * @throws InputError `INPUT_UNREADABLE`, naming the file and the field; WeightsError
 */
export async function readCase(place: CasePlace): Promise<ParityCase> {
  const sidecar = readSidecar(place.sidecar);
  const tensors = await readSafetensorsFile(place.tensors);
  const weights = place.model === undefined ? below(tensors, 'weights.') : await readModelTensors(place.model);
  const text = (field: string): string => {
    const value = sidecar[field];
    if (typeof value === 'string') return value;
    throw unreadable(place.sidecar, `Expected \`${field}\` to be text, got ${typeof value}`);
  };
  return {
    name: place.name,
    family: text('family'),
    className: text('class'),
    config: { ...(sidecar.config as object), architectures: [text('class')] },
    rows: readRows(place.sidecar, sidecar.compare),
    sidecar,
    weights,
    tensors,
  };
}

function readSidecar(path: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>;
  } catch (cause) {
    throw unreadable(path, 'Expected a readable JSON file beside the tensors', cause);
  }
  throw unreadable(path, 'Expected a JSON object');
}

function readRows(path: string, compare: unknown): CompareRow[] {
  const rows: unknown[] = Array.isArray(compare) ? compare : [];
  if (rows.length === 0) throw unreadable(path, 'Expected `compare` to be a list of rows');
  return rows.map((row, i) => {
    const [result, reference, measured, limit] = Array.isArray(row) ? (row as unknown[]) : [];
    if (typeof result === 'string' && typeof reference === 'string' && isLimit(measured) && isLimit(limit)) {
      return { result, reference, measured, limit };
    }
    throw unreadable(
      path,
      `Expected \`compare[${i}]\` to be [tensor, reference, error, limit], got ${JSON.stringify(row)}`,
    );
  });
}

function isLimit(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}

/** The tensors of a file whose names start with `prefix`, without it. */
function below(file: Safetensors, prefix: string): TensorSource {
  const names = [...file.tensors].filter(([name]) => name.startsWith(prefix));
  return {
    tensors: new Map(names.map(([name, info]) => [name.slice(prefix.length), info])),
    read: (name) => file.read(`${prefix}${name}`),
  };
}

function unreadable(source: string, message: string, cause?: unknown): InputError {
  return new InputError('INPUT_UNREADABLE', message, { source }, cause === undefined ? {} : { cause });
}
