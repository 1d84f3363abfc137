const f = Math.fround;

const LOG2E = f(Math.LOG2E);
// ln 2 in two float32 parts (Cody and Waite): the first has trailing zero bits, so n * LN2_HIGH is exact.
const LN2_HIGH = f(0.693359375);
const LN2_LOW = f(-2.1219444e-4);
// Minimax coefficients of (e^r - 1 - r) / r^2 on |r| <= ln2 / 2: Cephes `expf` (Moshier), degree 5.
const P0 = f(1.98756915e-4);
const P1 = f(1.3981999507e-3);
const P2 = f(8.3334519073e-3);
const P3 = f(4.1665795894e-2);
const P4 = f(1.6666665459e-1);
const P5 = f(5.0000001201e-1);
/** Below this the result is 0: e^-87.3 is the smallest normal float32, and denormals are left out on purpose. */
const MIN_INPUT = f(-87.3);
const MAX_INPUT = f(88.37);
const ROUND = 12582912; // 1.5 * 2^23: adding and taking it away rounds a float32 to an integer, ties to even

/** Powers of two 2^-126 .. 2^127 by their bits. */
const POWER_OF_TWO = new Float32Array(Uint32Array.from({ length: 254 }, (_, index) => (index + 1) << 23).buffer);

/**
 * e^x in float32 by a fixed sequence of float32 additions and multiplications: the same bits on every
 * engine. Relative error below 2^-22; exactly 0 below -87.3, clamped above 88.37; exp(0) is exactly 1.
 */
export function exp(x: number): number {
  if (x < MIN_INPUT) return 0;
  const clamped = Math.min(x, MAX_INPUT);
  const n = f(f(f(clamped * LOG2E) + ROUND) - ROUND);
  const r = f(f(clamped - f(n * LN2_HIGH)) - f(n * LN2_LOW));
  const square = f(r * r);
  let p = f(f(P0 * r) + P1);
  p = f(f(p * r) + P2);
  p = f(f(p * r) + P3);
  p = f(f(p * r) + P4);
  p = f(f(p * r) + P5);
  return f(f(f(f(p * square) + r) + 1) * POWER_OF_TWO[n + 126]!);
}

/** e^x of the first `count` numbers of `x`, in place. Gives no number back, so nothing is boxed. */
export function expAll(x: Float32Array, count: number): void {
  for (let i = 0; i < count; i++) x[i] = exp(x[i]!);
}
