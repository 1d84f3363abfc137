import { requireOneOf, WeightsError } from '../../../core/index.ts';
import { DTYPE_BYTES, WRITABLE_DTYPES, type WritableDtype } from './dtype.ts';
import type { TensorData } from './encode.ts';
import { malformed, quote } from './faults.ts';
import { checkName } from './header.ts';
import { byteLength, MAX_RANK } from './layout.ts';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** A tensor that may be written, with its place not yet known. */
export interface PlannedTensor {
  readonly name: string;
  readonly dtype: WritableDtype;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  readonly bytes: number;
}

/**
 * Checks tensors before they are written and puts them in the order of the file: larger numbers first, so that all
 * are aligned, then by name.
 * @throws WeightsError `WEIGHTS_MALFORMED` for a name or shape that no file may hold, `WEIGHTS_MISMATCH` when shape
 * and values differ.
 * @throws ConfigError `CONFIG_INVALID` for a dtype that cannot be written.
 */
export function planTensors(
  tensors: ReadonlyMap<string, TensorData>,
  defaultDtype: WritableDtype = 'F32',
): readonly PlannedTensor[] {
  const planned = [...tensors].map(([name, data]) => planTensor(name, data, data.dtype ?? defaultDtype));
  return planned.sort((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype] || byName(a, b));
}

/** Compares by UTF-16 units, the same on every machine. */
export function byName(a: PlannedTensor, b: PlannedTensor): number {
  return a.name < b.name ? -1 : 1;
}

/**
 * Checks that text can be written as UTF-8.
 * @throws WeightsError `WEIGHTS_MALFORMED`.
 */
export function checkText(what: string, text: string): void {
  if (LONE_SURROGATE.test(text)) throw malformed(`Expected ${what} to be well-formed Unicode, got ${quote(text)}`);
}

function planTensor(name: string, { shape, values }: TensorData, dtype: WritableDtype): PlannedTensor {
  checkName(name);
  checkText('the name of a tensor', name);
  requireOneOf('dtype', dtype, WRITABLE_DTYPES);
  if (shape.length > MAX_RANK || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw malformed(
      `Expected \`shape\` of ${quote(name)} to be at most ${MAX_RANK} integers of 0 or more, got [${shape.slice(0, 40).join(', ')}]`,
    );
  }
  const bytes = byteLength(name, dtype, shape);
  const wanted = bytes / DTYPE_BYTES[dtype];
  if (values.length !== wanted) {
    throw new WeightsError(
      'WEIGHTS_MISMATCH',
      `Expected \`values\` of ${quote(name)} to be ${wanted} numbers for [${shape.join(', ')}], got ${values.length}`,
    );
  }
  return { name, dtype, shape, values, bytes };
}
