import { arithmetic } from '../../../core/index.ts';

/** Centre and spread of each channel, fixed once: median and mean distance from it. */
export interface Reference {
  readonly centre: Float64Array;
  readonly spread: Float64Array;
}

/** Takes the reference of the first `count` of `rows` `[T, channels]`; a channel that does not move has spread 1. */
export function referenceOf(rows: Float64Array, count: number, channels: number): Reference {
  const centre = new Float64Array(channels);
  const spread = new Float64Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const column = new Float64Array(count).map((_, row) => rows[row * channels + channel] as number);
    const sorted = column.slice().sort();
    const median = ((sorted[(count - 1) >> 1] as number) + (sorted[count >> 1] as number)) / 2;
    let sum = 0;
    for (const value of column) sum += Math.abs(value - median);
    centre[channel] = median;
    spread[channel] = sum > 0 ? sum / count : 1;
  }
  return { centre, spread };
}

/** asinh((x - centre) / spread): linear near the centre, logarithmic far from it. */
export function inReference(reference: Reference, channel: number, x: number): number {
  const z = (x - (reference.centre[channel] as number)) / (reference.spread[channel] as number);
  return arithmetic.asinhDouble(z);
}
