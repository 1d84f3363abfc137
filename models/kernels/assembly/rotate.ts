/** Rotates the pairs of every head of rows `[count, width]` by the (sin, cos) pairs of the same row of `tables` `[count, headDim]`. */
export function rotate(
  x: u32,
  xStride: u32,
  width: i32,
  tables: u32,
  tableStride: u32,
  headDim: i32,
  count: i32,
): void {
  const headBytes: usize = <usize>headDim << 2;
  for (let i = 0; i < count; i++) {
    const table: usize = <usize>(tables + i * tableStride) << 2;
    const start: usize = <usize>(x + i * xStride) << 2;
    const end = start + (<usize>width << 2);
    for (let head = start; head < end; head += headBytes) rotateHead(head, table, headDim);
  }
}

// @ts-ignore: decorator
@inline
function rotateHead(head: usize, table: usize, headDim: i32): void {
  let at = head;
  let t = table;
  const end = head + (<usize>(headDim & ~3) << 2);
  for (; at < end; at += 16, t += 16) v128.store(at, rotate2(v128.load(at), v128.load(t)));
  if (headDim & 2) v128.store64_lane(at, rotate2(v128.load64_zero(at), v128.load64_zero(t)), 0);
}

/** (a, b) of two pairs to (a cos − b sin, b cos + a sin). */
// @ts-ignore: decorator
@inline
function rotate2(x: v128, table: v128): v128 {
  const sin = v128.shuffle<f32>(table, table, 0, 0, 2, 2);
  const cos = v128.shuffle<f32>(table, table, 1, 1, 3, 3);
  const swapped = v128.shuffle<f32>(x, x, 1, 0, 3, 2);
  // b sin with its sign turned: a difference is the sum with the negated number, to the bit.
  const signs = i32x4(0x80000000, 0, 0x80000000, 0);
  return f32x4.add(f32x4.mul(x, cos), v128.xor(f32x4.mul(swapped, sin), signs));
}
