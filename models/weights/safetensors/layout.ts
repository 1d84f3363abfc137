import { DTYPE_BYTES, type Dtype } from './dtype.ts';
import { malformed, quote } from './faults.ts';
import type { TensorInfo } from './tensor-info.ts';

/** Most dimensions of a tensor. */
export const MAX_RANK = 32;

/** Longest name of a tensor, in UTF-16 units. */
export const MAX_NAME_LENGTH = 1024;

/**
 * Counts the bytes of a tensor.
 * @throws WeightsError `WEIGHTS_MALFORMED` when they are 2^53 or more.
 */
export function byteLength(name: string, dtype: Dtype, shape: readonly number[]): number {
  let bytes: number = DTYPE_BYTES[dtype];
  for (const size of shape) {
    bytes *= size;
    if (!Number.isSafeInteger(bytes)) {
      throw malformed(`Expected \`shape\` of ${quote(name)} to give fewer than 2^53 bytes, got [${shape.join(', ')}]`);
    }
  }
  return bytes;
}

/**
 * Checks that each tensor has the bytes that its dtype and shape ask for, and that the tensors together cover the data
 * from its first byte to its last, without holes and without overlaps.
 * @throws WeightsError `WEIGHTS_MALFORMED`.
 */
export function checkLayout(tensors: Iterable<TensorInfo>, dataBytes: number): void {
  const inOrder = [...tensors].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  let before = 'the start of the data';
  for (const tensor of inOrder) {
    checkOffsets(tensor, dataBytes);
    const { begin, end } = tensor;
    const name = quote(tensor.name);
    if (begin < covered) {
      throw malformed(`Expected \`data_offsets\` not to overlap, got ${name} at byte ${begin} inside ${before}`);
    }
    if (begin > covered) {
      throw malformed(
        `Expected \`data_offsets\` without holes, got ${name} at byte ${begin}, ${before} ends at ${covered}`,
      );
    }
    covered = end;
    before = name;
  }
  if (covered !== dataBytes) {
    throw malformed(`Expected the data to end with its last tensor at byte ${covered}, got ${dataBytes} bytes of data`);
  }
}

function checkOffsets({ name, dtype, shape, begin, end }: TensorInfo, dataBytes: number): void {
  if (begin > end) {
    throw malformed(`Expected \`data_offsets\` of ${quote(name)} to rise, got [${begin}, ${end}]`);
  }
  if (end > dataBytes) {
    throw malformed(
      `Expected \`data_offsets\` of ${quote(name)} to lie inside ${dataBytes} bytes of data, got [${begin}, ${end}]`,
    );
  }
  const wanted = byteLength(name, dtype, shape);
  if (end - begin !== wanted) {
    throw malformed(
      `Expected \`data_offsets\` of ${quote(name)} to span ${wanted} bytes for ${dtype} [${shape.join(', ')}], got ${end - begin}`,
    );
  }
}
