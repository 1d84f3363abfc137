import { keyBlockBytes } from './cache-blocks';
import { vector0, vector1, vector2, vector3, vector4, vector5, vector6, vector7 } from './cache-vectors';

/** Scores of `count` queries with `blocks` blocks of 32 keys; several queries read each block once. */
export function scoreRun<T>(
  keys: usize,
  blocks: i32,
  headDim: i32,
  query: usize,
  qStep: usize,
  count: i32,
  to: usize,
  toStep: usize,
): void {
  if (count == 1) {
    scoreBlocks<T>(keys, blocks, headDim, query, to);
    return;
  }
  const blockBytes = keyBlockBytes<T>(headDim);
  for (let block = 0; block < blocks; block++, keys += blockBytes, to += 128) {
    let q = query;
    let row = to;
    let left = count;
    for (; left >= 4; left -= 4, q += qStep << 2, row += toStep << 2) {
      scoreQuad<T>(keys, headDim, q, qStep, row, toStep);
    }
    for (; left > 0; left--, q += qStep, row += toStep) scoreBlocks<T>(keys, 1, headDim, q, row);
  }
}

/**
 * Scores of one query with `blocks` blocks of 32 keys, `[blocks][headDim][32]` (behind each, where they are integers, their 32 scales), to `[blocks * 32]`. Every score starts at 0 and
 * adds q[c] k[c] for c = 0, 1, …; that of integers is multiplied by the scale of the key at the end.
 */
function scoreBlocks<T>(keys: usize, blocks: i32, headDim: i32, query: usize, to: usize): void {
  const end = query + (<usize>headDim << 2);
  let k = keys;
  for (let block = 0; block < blocks; block++, to += 128) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let a4 = a0;
    let a5 = a0;
    let a6 = a0;
    let a7 = a0;
    for (let q = query; q < end; q += 4, k += 32 * sizeof<T>()) {
      const s = v128.load32_splat(q);
      a0 = f32x4.add(a0, f32x4.mul(vector0<T>(k), s));
      a1 = f32x4.add(a1, f32x4.mul(vector1<T>(k), s));
      a2 = f32x4.add(a2, f32x4.mul(vector2<T>(k), s));
      a3 = f32x4.add(a3, f32x4.mul(vector3<T>(k), s));
      // Never taken; see `multiplyRow`.
      if (!k) break;
      a4 = f32x4.add(a4, f32x4.mul(vector4<T>(k), s));
      a5 = f32x4.add(a5, f32x4.mul(vector5<T>(k), s));
      a6 = f32x4.add(a6, f32x4.mul(vector6<T>(k), s));
      a7 = f32x4.add(a7, f32x4.mul(vector7<T>(k), s));
    }
    if (isInteger<T>()) {
      a0 = f32x4.mul(a0, v128.load(k, 0));
      a1 = f32x4.mul(a1, v128.load(k, 16));
      a2 = f32x4.mul(a2, v128.load(k, 32));
      a3 = f32x4.mul(a3, v128.load(k, 48));
      a4 = f32x4.mul(a4, v128.load(k, 64));
      a5 = f32x4.mul(a5, v128.load(k, 80));
      a6 = f32x4.mul(a6, v128.load(k, 96));
      a7 = f32x4.mul(a7, v128.load(k, 112));
      k += 128;
    }
    v128.store(to, a0, 0);
    v128.store(to, a1, 16);
    v128.store(to, a2, 32);
    v128.store(to, a3, 48);
    v128.store(to, a4, 64);
    v128.store(to, a5, 80);
    v128.store(to, a6, 96);
    v128.store(to, a7, 112);
  }
}

/** Scores of four queries with one block of keys, eight keys at a time; see {@link scoreBlocks}. */
function scoreQuad<T>(
  keys: usize,
  headDim: i32,
  query: usize,
  qStep: usize,
  to: usize,
  toStep: usize,
): void {
  const keyBytes: usize = <usize>headDim << (5 + alignof<T>());
  const limit = keys + 32 * sizeof<T>();
  for (; keys < limit; keys += 8 * sizeof<T>(), to += 32) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    let q0 = query;
    let q1 = q0 + qStep;
    let q2 = q1 + qStep;
    let q3 = q2 + qStep;
    const end = keys + keyBytes;
    for (let k = keys; k < end; k += 32 * sizeof<T>(), q0 += 4, q1 += 4, q2 += 4, q3 += 4) {
      const k0 = vector0<T>(k);
      const k1 = vector1<T>(k);
      let s = v128.load32_splat(q0);
      a0 = f32x4.add(a0, f32x4.mul(k0, s));
      a1 = f32x4.add(a1, f32x4.mul(k1, s));
      s = v128.load32_splat(q1);
      b0 = f32x4.add(b0, f32x4.mul(k0, s));
      b1 = f32x4.add(b1, f32x4.mul(k1, s));
      s = v128.load32_splat(q2);
      c0 = f32x4.add(c0, f32x4.mul(k0, s));
      c1 = f32x4.add(c1, f32x4.mul(k1, s));
      s = v128.load32_splat(q3);
      d0 = f32x4.add(d0, f32x4.mul(k0, s));
      d1 = f32x4.add(d1, f32x4.mul(k1, s));
    }
    if (isInteger<T>()) {
      const start = limit - 32 * sizeof<T>();
      const scales = start + keyBytes + ((keys - start) << (2 - alignof<T>()));
      const low = v128.load(scales, 0);
      const high = v128.load(scales, 16);
      a0 = f32x4.mul(a0, low);
      a1 = f32x4.mul(a1, high);
      b0 = f32x4.mul(b0, low);
      b1 = f32x4.mul(b1, high);
      c0 = f32x4.mul(c0, low);
      c1 = f32x4.mul(c1, high);
      d0 = f32x4.mul(d0, low);
      d1 = f32x4.mul(d1, high);
    }
    let row = to;
    v128.store(row, a0, 0);
    v128.store(row, a1, 16);
    row += toStep;
    v128.store(row, b0, 0);
    v128.store(row, b1, 16);
    row += toStep;
    v128.store(row, c0, 0);
    v128.store(row, c1, 16);
    row += toStep;
    v128.store(row, d0, 0);
    v128.store(row, d1, 16);
  }
}
