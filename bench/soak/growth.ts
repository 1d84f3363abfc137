import { leastSquares } from '../complexity/least-squares.ts';

/** Growth of a figure over a run. */
export interface Growth {
  /** Least-squares slope. */
  readonly bytesPerMillionTokens: number;
  /** Its standard error. */
  readonly errorPerMillionTokens: number;
  /** Slope × tokens of the samples. */
  readonly bytesOverRun: number;
  /** More than 256 KiB over the run, and more than three standard errors. */
  readonly leaks: boolean;
}

const NOISE_BYTES = 256 * 1024;
const NOISE_ERRORS = 3;
/** The first samples, while the compiler still works, are left out. */
const WARM_UP = 0.1;

/**
 * Judges whether memory moves with the tokens, up or down, more than noise does.
 * @param tokens when each sample was taken, rising
 * @param bytes the samples; the first tenth is warm-up and not counted
 */
export function judgeGrowth(tokens: readonly number[], bytes: readonly number[]): Growth {
  const first = Math.floor(tokens.length * WARM_UP);
  const [xs, ys] = [tokens.slice(first), bytes.slice(first)];
  const line = leastSquares(xs, ys) ?? { slope: 0, slopeError: 0 };
  const bytesOverRun = line.slope * ((xs.at(-1) ?? 0) - (xs[0] ?? 0));
  return {
    bytesPerMillionTokens: line.slope * 1e6,
    errorPerMillionTokens: line.slopeError * 1e6,
    bytesOverRun,
    leaks: Math.abs(bytesOverRun) > NOISE_BYTES && Math.abs(line.slope) > NOISE_ERRORS * line.slopeError,
  };
}
