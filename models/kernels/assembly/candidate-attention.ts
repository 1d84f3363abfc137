import { scoreCandidates } from './candidate-scores';
import { scaleWeights, weighCandidates } from './candidate-values';
import { copyNumbers } from './columns';
import { padded, recordBytes } from './table-store';
import { exponentials, sumOfLanes } from './window-softmax';
import { scaleNumbers } from './window-values';

/**
 * Softmax attention of `count` rows over lists of slots, head by head; a list of length 0 leaves its head of `out` alone.
 * `keys` and `values` are tables `[heads, slots, padded(headDim)]`, each vector with its scale behind it if they hold integers. Row r, head h has list number r · lists + h (r, with one
 * list for all heads), `capacity` slots long at most, its length in `counts`. `scratch`: two vectors `[padded(headDim)]`, 32
 * lanes, and weights for `capacity` slots filled up to a multiple of 32.
 *
 * Slot i of a list adds its weight to lane i mod 32.
 */
export function attendLists<T>(
  keys: u32,
  values: u32,
  slots: i32,
  heads: i32,
  headDim: i32,
  query: u32,
  queryStride: u32,
  out: u32,
  outStride: u32,
  count: i32,
  list: u32,
  lists: i32,
  capacity: i32,
  counts: u32,
  scratch: u32,
): void {
  const vectors = padded(headDim) >> 2;
  const vector: usize = <usize>vectors << 4;
  const headStep = <usize>slots * recordBytes<T>(vectors);
  const one: usize = (<usize>scratch) << 2;
  const sums = one + vector;
  const lanes = sums + vector;
  const weights = lanes + 128;
  // What fills the query up stays 0.
  v128.store(one + vector - 16, f32x4.splat(0));
  for (let row = 0; row < count; row++) {
    for (let head = 0; head < heads; head++) {
      const at = row * lists + (lists == 1 ? 0 : head);
      const length = i32.load(((<usize>counts) << 2) + (<usize>at << 2));
      if (length == 0) continue;
      const slotsAt = ((<usize>list) << 2) + ((<usize>at * capacity) << 2);
      const part = <usize>(head * headDim) << 2;
      copyNumbers(one, ((<usize>query + <usize>row * queryStride) << 2) + part, headDim);
      const table = <usize>head * headStep;
      const max = scoreCandidates<T>(one, ((<usize>keys) << 2) + table, vectors, slotsAt, length, weights);
      const blocks = (length + 31) >> 5;
      exponentials(weights, blocks << 5, max);
      for (let lane: usize = 0; lane < 128; lane += 16) v128.store(lanes + lane, f32x4.splat(0));
      const factor = <f32>1 / sumOfLanes(lanes, weights, blocks);
      const valuesAt = ((<usize>values) << 2) + table;
      if (isInteger<T>()) scaleWeights<T>(weights, slotsAt, length, valuesAt, vectors);
      weighCandidates<T>(sums, weights, slotsAt, length, valuesAt, vectors);
      scaleNumbers(sums, factor, headDim, ((<usize>out + <usize>row * outStride) << 2) + part);
    }
  }
}
