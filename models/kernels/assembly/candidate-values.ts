import { vector0, vector1, vector2, vector3, vector4, vector5, vector6, vector7 } from './cache-vectors';
import { recordBytes } from './table-store';

/** Multiplies the weights of `count` listed slots by the scales behind their values. */
export function scaleWeights<T>(weights: usize, list: usize, count: i32, values: usize, vectors: i32): void {
  const step = recordBytes<T>(vectors);
  const scales = values + step - 4;
  const end = weights + (<usize>count << 2);
  for (; weights < end; weights += 4, list += 4) {
    f32.store(weights, f32.load(weights) * f32.load(scales + <usize>i32.load(list) * step));
  }
}

/** sums ← Σ weights[i] values[list[i]] in the order of the list, `vectors` vectors, eight and then two at a time. */
export function weighCandidates<T>(
  sums: usize,
  weights: usize,
  list: usize,
  count: i32,
  values: usize,
  vectors: i32,
): void {
  const step = recordBytes<T>(vectors);
  const end = weights + (<usize>count << 2);
  let left = vectors;
  for (; left >= 8; left -= 8, sums += 128, values += 32 * sizeof<T>()) weigh8<T>(sums, weights, end, list, values, step);
  for (; left >= 2; left -= 2, sums += 32, values += 8 * sizeof<T>()) weigh2<T>(sums, weights, end, list, values, step);
  if (left) weigh1<T>(sums, weights, end, list, values, step);
}

function weigh8<T>(sums: usize, w: usize, end: usize, list: usize, values: usize, step: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let a4 = a0;
  let a5 = a0;
  let a6 = a0;
  let a7 = a0;
  for (; w < end; w += 4, list += 4) {
    const s = v128.load32_splat(w);
    const v = values + <usize>i32.load(list) * step;
    a0 = f32x4.add(a0, f32x4.mul(s, vector0<T>(v)));
    a1 = f32x4.add(a1, f32x4.mul(s, vector1<T>(v)));
    a2 = f32x4.add(a2, f32x4.mul(s, vector2<T>(v)));
    a3 = f32x4.add(a3, f32x4.mul(s, vector3<T>(v)));
    // Never taken; see `multiplyRow`.
    if (!v) break;
    a4 = f32x4.add(a4, f32x4.mul(s, vector4<T>(v)));
    a5 = f32x4.add(a5, f32x4.mul(s, vector5<T>(v)));
    a6 = f32x4.add(a6, f32x4.mul(s, vector6<T>(v)));
    a7 = f32x4.add(a7, f32x4.mul(s, vector7<T>(v)));
  }
  v128.store(sums, a0, 0);
  v128.store(sums, a1, 16);
  v128.store(sums, a2, 32);
  v128.store(sums, a3, 48);
  v128.store(sums, a4, 64);
  v128.store(sums, a5, 80);
  v128.store(sums, a6, 96);
  v128.store(sums, a7, 112);
}

function weigh2<T>(sums: usize, w: usize, end: usize, list: usize, values: usize, step: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  for (; w < end; w += 4, list += 4) {
    const s = v128.load32_splat(w);
    const v = values + <usize>i32.load(list) * step;
    a0 = f32x4.add(a0, f32x4.mul(s, vector0<T>(v)));
    a1 = f32x4.add(a1, f32x4.mul(s, vector1<T>(v)));
  }
  v128.store(sums, a0, 0);
  v128.store(sums, a1, 16);
}

function weigh1<T>(sums: usize, w: usize, end: usize, list: usize, values: usize, step: usize): void {
  let a = f32x4.splat(0);
  for (; w < end; w += 4, list += 4) {
    a = f32x4.add(a, f32x4.mul(v128.load32_splat(w), vector0<T>(values + <usize>i32.load(list) * step)));
  }
  v128.store(sums, a);
}
