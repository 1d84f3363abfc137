import { expDouble } from './exp-log-double.ts';

const TWO_OVER_SQRT_PI = 1.1283791670955126;
const ONE_OVER_SQRT_PI = 0.5641895835477563;

/**
 * Complementary error function for x >= 0 in double precision by a fixed sequence of operations: the Maclaurin
 * series below 2, the continued fraction above (Abramowitz and Stegun 7.1.6 and 7.1.14). Relative error below 1e-12.
 */
export function erfcDouble(x: number): number {
  const square = x * x;
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let k = 1; k < 60; k++) {
      term *= (2 * square) / (2 * k + 1);
      sum += term;
    }
    return 1 - TWO_OVER_SQRT_PI * expDouble(-square) * sum;
  }
  let fraction = 0;
  for (let k = 80; k >= 1; k--) fraction = k / 2 / (x + fraction);
  return (ONE_OVER_SQRT_PI * expDouble(-square)) / (x + fraction);
}
