import { loadPart, storePart } from './columns';

/** x ← x + y for rows `[count, width]`. */
export function addRows(x: u32, xStride: u32, y: u32, yStride: u32, width: i32, count: i32): void {
  const bytes = <usize>(width & ~3) << 2;
  const left = width & 3;
  for (let i = 0; i < count; i++) {
    let to: usize = <usize>(x + i * xStride) << 2;
    let from: usize = <usize>(y + i * yStride) << 2;
    const end = to + bytes;
    for (; to < end; to += 16, from += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    if (left) storePart(to, f32x4.add(loadPart(to, left), loadPart(from, left)), left);
  }
}

/** x ← x · factor for rows `[count, width]`. */
export function scaleRows(x: u32, stride: u32, factor: f32, width: i32, count: i32): void {
  const factors = f32x4.splat(factor);
  const bytes = <usize>(width & ~3) << 2;
  const left = width & 3;
  for (let i = 0; i < count; i++) {
    let at: usize = <usize>(x + i * stride) << 2;
    const end = at + bytes;
    for (; at < end; at += 16) v128.store(at, f32x4.mul(v128.load(at), factors));
    if (left) storePart(at, f32x4.mul(loadPart(at, left), factors), left);
  }
}

/** x ← x / divisor for rows `[count, width]`. */
export function divideRows(x: u32, stride: u32, divisor: f32, width: i32, count: i32): void {
  const divisors = f32x4.splat(divisor);
  const bytes = <usize>(width & ~3) << 2;
  const left = width & 3;
  for (let i = 0; i < count; i++) {
    let at: usize = <usize>(x + i * stride) << 2;
    const end = at + bytes;
    for (; at < end; at += 16) v128.store(at, f32x4.div(v128.load(at), divisors));
    if (left) storePart(at, f32x4.div(loadPart(at, left), divisors), left);
  }
}
