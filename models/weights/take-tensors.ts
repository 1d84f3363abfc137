import { WeightsError } from '../../core/index.ts';
import { requireFinite } from './safetensors/require-finite.ts';
import type { TensorSource } from './tensor-source.ts';

/** A tensor that a model asks for. */
export interface WantedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Names listed in one message, of each kind. */
const LISTED = 20;

/**
 * Checks that a file holds exactly the tensors of a model.
 * @param ignore names that may be there and are not read
 * @throws WeightsError `WEIGHTS_MISMATCH`, listing all that is missing, unexpected or of another shape at once
 */
export function requireTensors(
  source: TensorSource,
  wanted: readonly WantedTensor[],
  rule: { readonly model: string; readonly ignore: (name: string) => boolean },
): void {
  const missing: string[] = [];
  const reshaped: string[] = [];
  const known = new Set<string>();
  for (const { name, shape } of wanted) {
    known.add(name);
    const found = source.tensors.get(name);
    if (found === undefined) missing.push(name);
    else if (found.shape.length !== shape.length || found.shape.some((size, i) => size !== shape[i])) {
      reshaped.push(`${name} [${found.shape.join(', ')}] instead of [${shape.join(', ')}]`);
    }
  }
  const unexpected = [...source.tensors.keys()].filter((name) => !known.has(name) && !rule.ignore(name));
  const faults = [list('missing', missing), list('unexpected', unexpected), list('of another shape', reshaped)];
  const found = faults.filter((fault) => fault !== '');
  if (found.length === 0) return;
  throw new WeightsError('WEIGHTS_MISMATCH', `Expected the tensors of ${rule.model}, got ${found.join('; ')}`);
}

/**
 * Reads one tensor and checks its values.
 * @throws WeightsError `WEIGHTS_NOT_FINITE`, naming the tensor
 */
export function takeTensor(source: TensorSource, name: string): Float32Array {
  return requireFinite(name, source.read(name));
}

function list(kind: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return `${names.length} ${kind}: ${names.slice(0, LISTED).join(', ')}${more}`;
}
