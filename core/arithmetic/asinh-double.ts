import { logDouble } from './exp-log-double.ts';

/** Beyond this the square would leave the range of a double. */
const MAX_SIZE = 1e150;

/**
 * Inverse hyperbolic sine in double precision by a fixed sequence of operations; odd. Absolute error below 1e-15 near
 * 0. Arguments beyond ±1e150 count as that.
 */
export function asinhDouble(x: number): number {
  const size = Math.min(Math.abs(x), MAX_SIZE);
  const value = logDouble(size + Math.sqrt(size * size + 1));
  return x < 0 ? -value : value;
}
