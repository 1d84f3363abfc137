/** sums ← Σ weights[i] values[list[i]] in the order of the list, `vectors` vectors, eight and then two at a time. */
export function weighCandidates(sums: usize, weights: usize, list: usize, count: i32, values: usize, vectors: i32): void {
  const step: usize = <usize>vectors << 4;
  const end = weights + (<usize>count << 2);
  let left = vectors;
  for (; left >= 8; left -= 8, sums += 128, values += 128) weigh8(sums, weights, end, list, values, step);
  for (; left >= 2; left -= 2, sums += 32, values += 32) weigh2(sums, weights, end, list, values, step);
  if (left) weigh1(sums, weights, end, list, values, step);
}

function weigh8(sums: usize, w: usize, end: usize, list: usize, values: usize, step: usize): void {
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
    a0 = f32x4.add(a0, f32x4.mul(s, v128.load(v, 0)));
    a1 = f32x4.add(a1, f32x4.mul(s, v128.load(v, 16)));
    a2 = f32x4.add(a2, f32x4.mul(s, v128.load(v, 32)));
    a3 = f32x4.add(a3, f32x4.mul(s, v128.load(v, 48)));
    // Never taken; see `multiplyRow`.
    if (!v) break;
    a4 = f32x4.add(a4, f32x4.mul(s, v128.load(v, 64)));
    a5 = f32x4.add(a5, f32x4.mul(s, v128.load(v, 80)));
    a6 = f32x4.add(a6, f32x4.mul(s, v128.load(v, 96)));
    a7 = f32x4.add(a7, f32x4.mul(s, v128.load(v, 112)));
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

function weigh2(sums: usize, w: usize, end: usize, list: usize, values: usize, step: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  for (; w < end; w += 4, list += 4) {
    const s = v128.load32_splat(w);
    const v = values + <usize>i32.load(list) * step;
    a0 = f32x4.add(a0, f32x4.mul(s, v128.load(v, 0)));
    a1 = f32x4.add(a1, f32x4.mul(s, v128.load(v, 16)));
  }
  v128.store(sums, a0, 0);
  v128.store(sums, a1, 16);
}

function weigh1(sums: usize, w: usize, end: usize, list: usize, values: usize, step: usize): void {
  let a = f32x4.splat(0);
  for (; w < end; w += 4, list += 4) {
    a = f32x4.add(a, f32x4.mul(v128.load32_splat(w), v128.load(values + <usize>i32.load(list) * step)));
  }
  v128.store(sums, a);
}
