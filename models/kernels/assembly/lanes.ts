/** Joins 4 lanes by halving: (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function join4(a: v128): f32 {
  const half = f32x4.add(a, v128.shuffle<f32>(a, a, 2, 3, 2, 3));
  return f32x4.extract_lane(half, 0) + f32x4.extract_lane(half, 1);
}

/** Joins 16 lanes by halving. */
// @ts-ignore: decorator
@inline
export function join16(a: v128, b: v128, c: v128, d: v128): f32 {
  return join4(f32x4.add(f32x4.add(a, c), f32x4.add(b, d)));
}
