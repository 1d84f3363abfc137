import { ShapeError } from '../../core/index.ts';
import { receptiveStart, type soakEncoder, soakTokens } from './soak-case.ts';

/** How a long stream differs from a fresh one. */
export interface Difference {
  /** Values whose bits differ, or that are not finite. */
  readonly bits: number;
  /** The largest difference of two values; NaN where one is not finite. */
  readonly largest: number;
}

/**
 * Compares the newest rows of a long stream with those of a fresh one that has seen their receptive field only.
 *
 * @param encoder one made apart from the encoder of the long stream, with the same weights
 * @param rows the last outputs `[count, outputSize]` of a stream that has taken in the tokens before `end`
 * @throws ShapeError `SHAPE_MISMATCH` when the fresh stream gives fewer rows, so that there is nothing to compare with
 */
export function compareWithFresh(encoder: ReturnType<typeof soakEncoder>, rows: Float32Array, end: number): Difference {
  const oldest = end - encoder.latencyTokens - rows.length / encoder.outputSize;
  const fresh = encodeFresh(encoder, receptiveStart(encoder, oldest), end).slice(-rows.length);
  if (fresh.length !== rows.length) {
    throw new ShapeError(
      'SHAPE_MISMATCH',
      `Expected \`rows\` to hold ${fresh.length} numbers at most, got ${rows.length}`,
    );
  }
  const ours = new Uint32Array(rows.slice().buffer);
  const theirs = new Uint32Array(fresh.buffer);
  let bits = 0;
  let largest = 0;
  for (let i = 0; i < rows.length; i++) {
    if (ours[i] === theirs[i] && Number.isFinite(rows[i])) continue;
    bits += 1;
    // Not a number once, not a number for good: that passes no tolerance.
    largest = Math.max(largest, Math.abs((rows[i] as number) - (fresh[i] as number)));
  }
  return { bits, largest };
}

function encodeFresh(encoder: ReturnType<typeof soakEncoder>, from: number, end: number): Float32Array {
  const { tokens, kinds } = soakTokens(from, end, encoder.inputSize);
  const stream = encoder.open();
  const rows = stream.push(tokens, kinds);
  stream.close();
  return rows;
}
