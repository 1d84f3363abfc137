import { ShapeError } from '../../core/index.ts';
import type { LongformerEncoder } from '../../models/index.ts';
import { freshStart, type SoakPosition, soakEncoder, soakTokens } from './soak-case.ts';

/** How a long stream differs from a fresh one. */
export interface Difference {
  /** Values whose bits differ. */
  readonly bits: number;
  /** The largest difference of two values. */
  readonly largest: number;
}

/**
 * Compares the newest rows of a long stream with those of a fresh encoder that has seen their receptive field only.
 *
 * @param rows the last outputs `[count, hiddenSize]` of a stream that has taken in the tokens before `end`
 * @throws ShapeError `SHAPE_MISMATCH` when the fresh stream gave fewer rows, so that there is nothing to compare
 */
export function compareWithFresh(position: SoakPosition, rows: Float32Array, end: number): Difference {
  const encoder = soakEncoder(position);
  const oldest = end - encoder.latencyTokens - rows.length / encoder.outputSize;
  const fresh = encodeFresh(encoder, freshStart(encoder, oldest), end).slice(-rows.length);
  if (fresh.length !== rows.length) {
    throw new ShapeError(
      'SHAPE_MISMATCH',
      `Expected \`rows\` to hold ${fresh.length} numbers at most, got ${rows.length}`,
    );
  }
  const [ours, theirs] = [rows, fresh].map((values) => new Uint32Array(values.slice().buffer)) as [
    Uint32Array,
    Uint32Array,
  ];
  let bits = 0;
  let largest = 0;
  for (let i = 0; i < rows.length; i++) {
    if (ours[i] === theirs[i]) continue;
    bits += 1;
    const difference = Math.abs((rows[i] as number) - (fresh[i] as number));
    // NaN must not pass for a small difference.
    largest = difference <= largest ? largest : difference;
    if (Number.isNaN(difference)) largest = Number.POSITIVE_INFINITY;
  }
  return { bits, largest };
}

function encodeFresh(encoder: LongformerEncoder, from: number, end: number): Float32Array {
  const { tokens, kinds } = soakTokens(from, end, encoder.inputSize);
  const stream = encoder.open();
  const rows = stream.push(tokens, kinds);
  stream.close();
  return rows;
}
