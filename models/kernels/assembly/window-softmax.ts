import { expUnclamped4 } from './exp';
import { join16 } from './lanes';

/** Sets `[from, to)` of a row of scores to minus infinity: lanes that a query does not see. */
export function hideLanes(scores: usize, from: i32, to: i32): void {
  let at = from;
  for (; at < to && (at & 3) != 0; at++) f32.store(scores + (<usize>at << 2), -Infinity);
  for (; at + 4 <= to; at += 4) v128.store(scores + (<usize>at << 2), f32x4.splat(-Infinity));
  for (; at < to; at++) f32.store(scores + (<usize>at << 2), -Infinity);
}

/** Sets the scores of masked keys of `blocks` blocks to minus infinity. */
export function hideMasked(scores: usize, masks: usize, blocks: i32): void {
  const end = scores + (<usize>blocks << 7);
  for (; scores < end; scores += 16, masks += 16) {
    v128.store(scores, v128.bitselect(f32x4.splat(-Infinity), v128.load(scores), v128.load(masks)));
  }
}

/** The largest of `max` and the scores `[count]`, a multiple of 32. */
export function largest(scores: usize, count: i32, max: f32): f32 {
  let a = f32x4.splat(max);
  let b = a;
  let c = a;
  let d = a;
  const end = scores + (<usize>count << 2);
  for (; scores < end; scores += 64) {
    a = f32x4.pmax(a, v128.load(scores, 0));
    b = f32x4.pmax(b, v128.load(scores, 16));
    c = f32x4.pmax(c, v128.load(scores, 32));
    d = f32x4.pmax(d, v128.load(scores, 48));
  }
  a = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
  a = f32x4.pmax(a, v128.shuffle<f32>(a, a, 2, 3, 2, 3));
  a = f32x4.pmax(a, v128.shuffle<f32>(a, a, 1, 1, 1, 1));
  return f32x4.extract_lane(a, 0);
}

/** Replaces scores `[count]`, filled up to 16, by e^(score − max). Four vectors at once share the loads of the coefficients. */
export function exponentials(scores: usize, count: i32, max: f32): void {
  const most = f32x4.splat(max);
  const end = scores + (<usize>count << 2);
  for (; scores < end; scores += 64) {
    const a = expUnclamped4(f32x4.sub(v128.load(scores, 0), most));
    const b = expUnclamped4(f32x4.sub(v128.load(scores, 16), most));
    const c = expUnclamped4(f32x4.sub(v128.load(scores, 32), most));
    const d = expUnclamped4(f32x4.sub(v128.load(scores, 48), most));
    v128.store(scores, a, 0);
    v128.store(scores, b, 16);
    v128.store(scores, c, 32);
    v128.store(scores, d, 48);
  }
}

/** Multiplies the weights of `blocks` blocks by the scales of their values. */
export function scaleLanes(weights: usize, scales: usize, blocks: i32): void {
  const end = weights + (<usize>blocks << 7);
  for (; weights < end; weights += 64, scales += 64) {
    v128.store(weights, f32x4.mul(v128.load(weights, 0), v128.load(scales, 0)), 0);
    v128.store(weights, f32x4.mul(v128.load(weights, 16), v128.load(scales, 16)), 16);
    v128.store(weights, f32x4.mul(v128.load(weights, 32), v128.load(scales, 32)), 32);
    v128.store(weights, f32x4.mul(v128.load(weights, 48), v128.load(scales, 48)), 48);
  }
}

/** Adds the weights of `blocks` blocks to 32 `lanes`, block by block, and joins the lanes by halving. */
export function sumOfLanes(lanes: usize, weights: usize, blocks: i32): f32 {
  let a0 = v128.load(lanes, 0);
  let a1 = v128.load(lanes, 16);
  let a2 = v128.load(lanes, 32);
  let a3 = v128.load(lanes, 48);
  let a4 = v128.load(lanes, 64);
  let a5 = v128.load(lanes, 80);
  let a6 = v128.load(lanes, 96);
  let a7 = v128.load(lanes, 112);
  const end = weights + (<usize>blocks << 7);
  for (; weights < end; weights += 128) {
    a0 = f32x4.add(a0, v128.load(weights, 0));
    a1 = f32x4.add(a1, v128.load(weights, 16));
    a2 = f32x4.add(a2, v128.load(weights, 32));
    a3 = f32x4.add(a3, v128.load(weights, 48));
    a4 = f32x4.add(a4, v128.load(weights, 64));
    a5 = f32x4.add(a5, v128.load(weights, 80));
    a6 = f32x4.add(a6, v128.load(weights, 96));
    a7 = f32x4.add(a7, v128.load(weights, 112));
  }
  return join16(f32x4.add(a0, a4), f32x4.add(a1, a5), f32x4.add(a2, a6), f32x4.add(a3, a7));
}
