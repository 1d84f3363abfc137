import { powerOfTwo } from './power-of-two.ts';

const LN2_HIGH = 0.6931471803691238; // fdlibm: the low 32 bits are zero
const LN2_LOW = 1.9082149292705877e-10;
const LOG2E = Math.LOG2E;
const SQRT_HALF = Math.SQRT1_2;

const bits = new DataView(new ArrayBuffer(8));

/**
 * e^x in double precision by a fixed sequence of operations. Relative error below 1e-15;
 * 0 below -708 and clamped at 709.
 */
export function expDouble(x: number): number {
  if (x < -708) return 0;
  const clamped = Math.min(x, 709);
  const n = Math.round(clamped * LOG2E);
  const r = clamped - n * LN2_HIGH - n * LN2_LOW;
  let sum = 1;
  for (let k = 14; k >= 1; k--) sum = 1 + (r / k) * sum;
  return sum * powerOfTwo(n);
}

/**
 * Natural logarithm in double precision by a fixed sequence of operations: ln x = e ln 2 + 2 atanh(s),
 * s = (m - 1)/(m + 1). Relative error below 1e-15 away from 1. Takes positive normal numbers; -Infinity at 0.
 */
export function logDouble(x: number): number {
  if (x === 0) return -Infinity;
  bits.setFloat64(0, x);
  let exponent = ((bits.getUint32(0) >>> 20) & 0x7ff) - 1022;
  bits.setUint32(0, (bits.getUint32(0) & 0x000fffff) | 0x3fe00000);
  let mantissa = bits.getFloat64(0);
  if (mantissa < SQRT_HALF) {
    mantissa *= 2;
    exponent -= 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let k = 23; k >= 1; k -= 2) sum = sum * square + 1 / k;
  return exponent * LN2_HIGH + (2 * s * sum + exponent * LN2_LOW);
}
