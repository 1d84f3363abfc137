import { loadPart } from './columns';

/** The largest integer that is stored; the one below −largest is never. */
// @ts-ignore: decorator
@inline
function largestOf<T>(): f32 {
  return sizeof<T>() == 2 ? 32767 : 127;
}

/**
 * Stores `count` numbers as integers, `step` bytes apart, and returns their scale: the largest magnitude divided by the
 * largest integer. A number is divided by the scale and rounded, ties to even; with a scale of 0 all are 0, and so are they where a
 * number is NaN or infinite, which the scale then says.
 */
export function storeIntegers<T>(from: usize, count: i32, to: usize, step: usize): f32 {
  const left = count & 3;
  const end = from + (<usize>(count - left) << 2);
  let most = f32x4.splat(0);
  for (let at = from; at < end; at += 16) most = f32x4.max(most, f32x4.abs(v128.load(at)));
  if (left) most = f32x4.max(most, f32x4.abs(loadPart(end, left)));
  most = f32x4.max(most, v128.shuffle<f32>(most, most, 2, 3, 2, 3));
  most = f32x4.max(most, v128.shuffle<f32>(most, most, 1, 1, 1, 1));
  const scale: f32 = f32x4.extract_lane(most, 0) / largestOf<T>();
  const divisor = f32x4.splat(scale == 0 ? Infinity : scale);
  for (let at = from; at < end; at += 16, to += step << 2) {
    const integers = integersOf<T>(v128.load(at), divisor);
    v128.store_lane<T>(to, integers, 0);
    v128.store_lane<T>(to + step, integers, 4 / <u8>sizeof<T>());
    v128.store_lane<T>(to + 2 * step, integers, 8 / <u8>sizeof<T>());
    v128.store_lane<T>(to + 3 * step, integers, 12 / <u8>sizeof<T>());
  }
  if (left) {
    const integers = integersOf<T>(loadPart(end, left), divisor);
    v128.store_lane<T>(to, integers, 0);
    if (left > 1) v128.store_lane<T>(to + step, integers, 4 / <u8>sizeof<T>());
    if (left > 2) v128.store_lane<T>(to + 2 * step, integers, 8 / <u8>sizeof<T>());
  }
  return scale;
}

// @ts-ignore: decorator
@inline
function integersOf<T>(x: v128, divisor: v128): v128 {
  const rounded = f32x4.nearest(f32x4.div(x, divisor));
  const most = f32x4.splat(largestOf<T>());
  return i32x4.trunc_sat_f32x4_s(f32x4.max(f32x4.min(rounded, most), f32x4.neg(most)));
}
