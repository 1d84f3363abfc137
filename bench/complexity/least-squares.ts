/** A straight line through points. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** Standard error of the slope; 0 for two points. */
  readonly slopeError: number;
}

/**
 * The least-squares line through (xs[i], ys[i]); undefined for fewer than two distinct xs.
 * @example
 * leastSquares([0, 1, 2], [1, 3, 5]); // { slope: 2, intercept: 1, slopeError: 0 }
 */
export function leastSquares(xs: readonly number[], ys: readonly number[]): Line | undefined {
  const count = xs.length;
  const meanX = xs.reduce((sum, x) => sum + x, 0) / count;
  const meanY = ys.reduce((sum, y) => sum + y, 0) / count;
  let sxx = 0;
  let sxy = 0;
  for (let i = 0; i < count; i++) {
    const dx = (xs[i] as number) - meanX;
    sxx += dx * dx;
    sxy += dx * ((ys[i] as number) - meanY);
  }
  if (!(sxx > 0)) return undefined;
  const slope = sxy / sxx;
  const intercept = meanY - slope * meanX;
  const squares = xs.reduce((sum, x, i) => sum + ((ys[i] as number) - intercept - slope * x) ** 2, 0);
  return { slope, intercept, slopeError: count > 2 ? Math.sqrt(squares / (count - 2) / sxx) : 0 };
}
