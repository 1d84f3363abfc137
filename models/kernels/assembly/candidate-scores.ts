import { vector0 } from './cache-vectors';
import { join4 } from './lanes';
import { recordBytes } from './table-store';

/**
 * Scores of `count` listed slots of one head into `scores`, then minus infinity up to a multiple of 32; returns the largest.
 * `query` and keys are `vectors` vectors each, filled up with zeros. Channel c goes to lane c mod 4; the lanes join by halving; the
 * score of integers is then multiplied by the scale behind the key.
 */
export function scoreCandidates<T>(
  query: usize,
  keys: usize,
  vectors: i32,
  list: usize,
  count: i32,
  scores: usize,
): f32 {
  const step = recordBytes<T>(vectors);
  const queryBytes: usize = <usize>vectors << 4;
  const fill = scores + (<usize>((count + 31) & ~31) << 2);
  let max = f32x4.splat(-Infinity);
  let left = count;
  for (; left >= 4; left -= 4, list += 16, scores += 16) {
    let k0 = keys + <usize>i32.load(list, 0) * step;
    let k1 = keys + <usize>i32.load(list, 4) * step;
    let k2 = keys + <usize>i32.load(list, 8) * step;
    let k3 = keys + <usize>i32.load(list, 12) * step;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    const end = query + queryBytes;
    for (let q = query; q < end; q += 16) {
      const x = v128.load(q);
      a0 = f32x4.add(a0, f32x4.mul(x, vector0<T>(k0)));
      a1 = f32x4.add(a1, f32x4.mul(x, vector0<T>(k1)));
      a2 = f32x4.add(a2, f32x4.mul(x, vector0<T>(k2)));
      a3 = f32x4.add(a3, f32x4.mul(x, vector0<T>(k3)));
      k0 += 4 * sizeof<T>();
      k1 += 4 * sizeof<T>();
      k2 += 4 * sizeof<T>();
      k3 += 4 * sizeof<T>();
    }
    a0 = f32x4.add(a0, v128.shuffle<f32>(a0, a0, 2, 3, 2, 3));
    a1 = f32x4.add(a1, v128.shuffle<f32>(a1, a1, 2, 3, 2, 3));
    a2 = f32x4.add(a2, v128.shuffle<f32>(a2, a2, 2, 3, 2, 3));
    a3 = f32x4.add(a3, v128.shuffle<f32>(a3, a3, 2, 3, 2, 3));
    const x01 = v128.shuffle<f32>(a0, a1, 0, 4, 1, 5);
    const x23 = v128.shuffle<f32>(a2, a3, 0, 4, 1, 5);
    let four = f32x4.add(v128.shuffle<f32>(x01, x23, 0, 1, 4, 5), v128.shuffle<f32>(x01, x23, 2, 3, 6, 7));
    // The pointers have come to the scales.
    if (isInteger<T>()) four = f32x4.mul(four, four32(k0, k1, k2, k3));
    v128.store(scores, four);
    max = f32x4.pmax(max, four);
  }
  for (; left > 0; left--, list += 4, scores += 4) {
    let k = keys + <usize>i32.load(list) * step;
    let a = f32x4.splat(0);
    const end = query + queryBytes;
    for (let q = query; q < end; q += 16, k += 4 * sizeof<T>()) {
      a = f32x4.add(a, f32x4.mul(v128.load(q), vector0<T>(k)));
    }
    let score = join4(a);
    if (isInteger<T>()) score *= f32.load(k);
    f32.store(scores, score);
    max = f32x4.pmax(max, f32x4.splat(score));
  }
  for (; scores < fill; scores += 4) f32.store(scores, -Infinity);
  max = f32x4.pmax(max, v128.shuffle<f32>(max, max, 2, 3, 2, 3));
  max = f32x4.pmax(max, v128.shuffle<f32>(max, max, 1, 1, 1, 1));
  return f32x4.extract_lane(max, 0);
}

/** The numbers at four places. */
// @ts-ignore: decorator
@inline
function four32(a: usize, b: usize, c: usize, d: usize): v128 {
  const two = v128.load_lane<f32>(b, v128.load32_zero(a), 1);
  return v128.load_lane<f32>(d, v128.load_lane<f32>(c, two, 2), 3);
}
