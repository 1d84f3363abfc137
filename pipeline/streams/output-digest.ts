import { crc32 } from '../../core/index.ts';
import type { ModelOutput } from '../workers/model-spec.ts';

/**
 * CRC-32 of all that a model has put out: embeddings (float32) or scores (float64), for the anomaly head each row's score
 * and what was expected, little-endian, in their order. The same however the input is cut. It tells whether a state that
 * was replayed has come to where it was.
 * @param before the digest of the outputs so far; 0 before the first
 */
export function outputDigest(output: ModelOutput, before: number): number {
  const numbers = numbersOf(output);
  return crc32(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), before);
}

function numbersOf(output: ModelOutput): Float32Array | Float64Array {
  switch (output.kind) {
    case 'embedding':
      return quiet(output.rows);
    case 'scene':
      return quiet(output.scores);
    case 'anomaly':
      return quiet(rowByRow(output));
    default:
      return output satisfies never;
  }
}

function rowByRow({ scores, expected }: ModelOutput & { kind: 'anomaly' }): Float64Array {
  const channels = scores.length === 0 ? 0 : expected.length / scores.length;
  const rows = new Float64Array(scores.length + expected.length); // [T, 1 + channels]
  for (const [i, score] of scores.entries()) {
    rows[i * (1 + channels)] = score;
    rows.set(expected.subarray(i * channels, (i + 1) * channels), i * (1 + channels) + 1);
  }
  return rows;
}

/** A NaN's sign and payload differ between processors: all become the one quiet NaN without a sign. */
function quiet<T extends Float32Array | Float64Array>(numbers: T): T {
  if (!numbers.includes(Number.NaN)) return numbers;
  const copy = numbers.slice() as T;
  const view = new DataView(copy.buffer);
  for (const [i, value] of copy.entries()) {
    if (!Number.isNaN(value)) continue;
    if (copy instanceof Float32Array) view.setUint32(4 * i, 0x7fc00000, true);
    else view.setBigUint64(8 * i, 0x7ff8000000000000n, true);
  }
  return copy;
}
