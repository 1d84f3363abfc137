import { weigh } from './window-values';
import {
  HEAD_DIM,
  PINNED_BLOCKS,
  PINNED_KEYS,
  PINNED_SLOTS,
  PINNED_VALUES,
  VALUE_STRIDE,
} from './window-layout';

/**
 * Scores of one query with the pinned keys that it sees: `list` holds how many, then their slots, oldest first. Fills `scores` up
 * to a multiple of 16 with minus infinity. `all` is scratch for the scores of every slot.
 */
export function scorePinned(cache: usize, head: i32, query: usize, list: usize, scores: usize, all: usize): void {
  const headDim = i32.load(cache, HEAD_DIM);
  const blocks = i32.load(cache, PINNED_BLOCKS);
  const blockBytes: usize = <usize>headDim << 6;
  const keys = cache + i32.load(cache, PINNED_KEYS) + <usize>(head * blocks) * blockBytes;
  for (let block = 0; block < blocks; block++) {
    scoreSixteen(keys + <usize>block * blockBytes, headDim, query, all + (<usize>block << 6));
  }
  const info = cache + i32.load(cache, PINNED_SLOTS);
  const count = i32.load(list);
  for (let i = 0; i < count; i++) {
    const slot: usize = i32.load(list + (<usize>i << 2), 4);
    const masked = i32.load(info + (slot << 4), 8);
    f32.store(scores + (<usize>i << 2), masked ? <f32>-Infinity : f32.load(all + (slot << 2)));
  }
  for (let i = count; (i & 15) != 0; i++) f32.store(scores + (<usize>i << 2), -Infinity);
}

function scoreSixteen(k: usize, headDim: i32, query: usize, to: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  const end = query + (<usize>headDim << 2);
  for (let q = query; q < end; q += 4, k += 64) {
    const s = v128.load32_splat(q);
    a0 = f32x4.add(a0, f32x4.mul(v128.load(k, 0), s));
    a1 = f32x4.add(a1, f32x4.mul(v128.load(k, 16), s));
    a2 = f32x4.add(a2, f32x4.mul(v128.load(k, 32), s));
    a3 = f32x4.add(a3, f32x4.mul(v128.load(k, 48), s));
  }
  v128.store(to, a0, 0);
  v128.store(to, a1, 16);
  v128.store(to, a2, 32);
  v128.store(to, a3, 48);
}

/**
 * Takes pinned keys out of the window: it holds the key numbers `first` .. `last` of one residue, and `scores` starts at
 * `base`.
 */
export function hidePinned(
  cache: usize,
  list: usize,
  dilation: i32,
  residue: i32,
  base: i64,
  first: i32,
  last: i32,
  scores: usize,
): void {
  const info = cache + i32.load(cache, PINNED_SLOTS);
  const count = i32.load(list);
  // In positions, so that the keys before the window, which most are, take no division.
  const start = (base + first) * dilation;
  for (let i = 0; i < count; i++) {
    const slot: usize = i32.load(list + (<usize>i << 2), 4);
    const position = <i64>f64.load(info + (slot << 4)) - residue;
    if (position < start) continue;
    let number = position;
    if (dilation > 1) {
      number = position / dilation;
      if (number * dilation != position) continue;
    }
    const at = number - base;
    if (at <= last) f32.store(scores + (<usize>at << 2), -Infinity);
  }
}

/** The largest of the pinned scores, minus infinity where there are none. */
export function largestPinned(scores: usize, count: i32): f32 {
  let max: f32 = -Infinity;
  for (let i = 0; i < count; i++) {
    const score = f32.load(scores + (<usize>i << 2));
    if (score > max) max = score;
  }
  return max;
}

/** Adds the weight of each pinned key to lane position mod 32 of the empty `lanes`. */
export function addPinnedLanes(cache: usize, list: usize, weights: usize, lanes: usize): void {
  const info = cache + i32.load(cache, PINNED_SLOTS);
  const count = i32.load(list);
  for (let i = 0; i < count; i++) {
    const slot: usize = i32.load(list + (<usize>i << 2), 4);
    const lane = lanes + (<usize>(<i64>f64.load(info + (slot << 4)) & 31) << 2);
    f32.store(lane, f32.load(lane) + f32.load(weights + (<usize>i << 2)));
  }
}

/** sums[c] += Σ weights[i] value of pinned key i, in the order of the list. */
export function weighPinned(cache: usize, head: i32, list: usize, weights: usize, sums: usize): void {
  const vectors = i32.load(cache, VALUE_STRIDE) >> 2;
  const slots = i32.load(cache, PINNED_BLOCKS) << 4;
  const values = cache + i32.load(cache, PINNED_VALUES) + (<usize>(head * slots * vectors) << 4);
  const count = i32.load(list);
  for (let i = 0; i < count; i++) {
    const slot = i32.load(list + (<usize>i << 2), 4);
    weigh<f32>(sums, weights + (<usize>i << 2), values + (<usize>(slot * vectors) << 4), 1, vectors);
  }
}
