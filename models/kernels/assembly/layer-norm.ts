import { loadPart, storePart } from './columns';
import { join16 } from './lanes';

/**
 * LayerNorm of rows `[count, size]`; channel c adds to lane c mod 16 in order of c, and a fixed tree joins the lanes. A lane
 * starts at +0 and can then never be −0, so adding +0 for a channel that is not there changes nothing.
 */
export function layerNorm(
  weight: u32,
  bias: u32,
  size: i32,
  eps: f32,
  x: u32,
  xStride: u32,
  out: u32,
  outStride: u32,
  count: i32,
): void {
  const w: usize = <usize>weight << 2;
  const b: usize = <usize>bias << 2;
  for (let i = 0; i < count; i++) {
    const from: usize = <usize>(x + i * xStride) << 2;
    const mean = sumOf(from, size) / <f32>size;
    const variance = squaresOf(from, size, f32x4.splat(mean)) / <f32>size;
    const scale: f32 = <f32>1 / sqrt<f32>(variance + eps);
    normalise(from, <usize>(out + i * outStride) << 2, w, b, size, f32x4.splat(mean), f32x4.splat(scale));
  }
}

// @ts-ignore: decorator
@inline
function sumOf(at: usize, size: i32): f32 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  const end = at + (<usize>(size & ~15) << 2);
  for (; at < end; at += 64) {
    a = f32x4.add(a, v128.load(at, 0));
    b = f32x4.add(b, v128.load(at, 16));
    c = f32x4.add(c, v128.load(at, 32));
    d = f32x4.add(d, v128.load(at, 48));
  }
  const left = size & 15;
  if (left > 0) a = f32x4.add(a, upTo4(at, left));
  if (left > 4) b = f32x4.add(b, upTo4(at + 16, left - 4));
  if (left > 8) c = f32x4.add(c, upTo4(at + 32, left - 8));
  if (left > 12) d = f32x4.add(d, upTo4(at + 48, left - 12));
  return join16(a, b, c, d);
}

// @ts-ignore: decorator
@inline
function squaresOf(at: usize, size: i32, mean: v128): f32 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  const end = at + (<usize>(size & ~15) << 2);
  for (; at < end; at += 64) {
    a = f32x4.add(a, square(f32x4.sub(v128.load(at, 0), mean)));
    b = f32x4.add(b, square(f32x4.sub(v128.load(at, 16), mean)));
    c = f32x4.add(c, square(f32x4.sub(v128.load(at, 32), mean)));
    d = f32x4.add(d, square(f32x4.sub(v128.load(at, 48), mean)));
  }
  const left = size & 15;
  if (left > 0) a = f32x4.add(a, square(differences(at, left, mean)));
  if (left > 4) b = f32x4.add(b, square(differences(at + 16, left - 4, mean)));
  if (left > 8) c = f32x4.add(c, square(differences(at + 32, left - 8, mean)));
  if (left > 12) d = f32x4.add(d, square(differences(at + 48, left - 12, mean)));
  return join16(a, b, c, d);
}

// @ts-ignore: decorator
@inline
function normalise(from: usize, to: usize, w: usize, b: usize, size: i32, mean: v128, scale: v128): void {
  const end = from + (<usize>(size & ~3) << 2);
  for (; from < end; from += 16, to += 16, w += 16, b += 16) {
    const normal = f32x4.mul(f32x4.sub(v128.load(from), mean), scale);
    v128.store(to, f32x4.add(f32x4.mul(normal, v128.load(w)), v128.load(b)));
  }
  const left = size & 3;
  if (left) {
    const normal = f32x4.mul(f32x4.sub(loadPart(from, left), mean), scale);
    storePart(to, f32x4.add(f32x4.mul(normal, loadPart(w, left)), loadPart(b, left)), left);
  }
}

// @ts-ignore: decorator
@inline
function square(x: v128): v128 {
  return f32x4.mul(x, x);
}

/** The next numbers, at most 4, the other lanes 0. */
function upTo4(at: usize, left: i32): v128 {
  return left >= 4 ? v128.load(at) : loadPart(at, left);
}

/** x − mean of the next numbers, at most 4, the other lanes 0. */
function differences(at: usize, left: i32, mean: v128): v128 {
  const difference = f32x4.sub(upTo4(at, left), mean);
  if (left >= 4) return difference;
  return v128.and(difference, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left)));
}
