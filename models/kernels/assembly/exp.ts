const LOG2E: f32 = 1.4426950408889634;
// ln 2 in two float32 parts (Cody and Waite).
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;
// Coefficients of (e^r - 1 - r) / r^2: Cephes `expf` (Moshier).
const P0: f32 = 1.98756915e-4;
const P1: f32 = 1.3981999507e-3;
const P2: f32 = 8.3334519073e-3;
const P3: f32 = 4.1665795894e-2;
const P4: f32 = 1.6666665459e-1;
const P5: f32 = 5.0000001201e-1;
const MIN_INPUT: f32 = -87.3;
const MAX_INPUT: f32 = 88.37;
const ROUND: f32 = 12582912;

/** e^x of four lanes: the operations of `core/arithmetic/exp.ts` in their order; 0 below -87.3, also for minus infinity. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  return expUnclamped4(f32x4.pmin(x, f32x4.splat(MAX_INPUT)));
}

/** {@link exp4} of what is at most 88.37, or NaN. */
// @ts-ignore: decorator
@inline
export function expUnclamped4(x: v128): v128 {
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(LOG2E)), f32x4.splat(ROUND));
  const n = f32x4.sub(shifted, f32x4.splat(ROUND));
  const high = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  const r = f32x4.sub(high, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  const square = f32x4.mul(r, r);
  let p = f32x4.add(f32x4.mul(f32x4.splat(P0), r), f32x4.splat(P1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(P2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(P3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(P4));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(P5));
  p = f32x4.add(f32x4.add(f32x4.mul(p, square), r), f32x4.splat(1));
  // The integer n stands in the low bits of `shifted`; moved up by 23 it is the exponent of 2^n, less its bias.
  const power = i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(0x3f800000));
  return v128.andnot(f32x4.mul(p, power), f32x4.lt(x, f32x4.splat(MIN_INPUT)));
}
