/**
 * What is compared, see docs/COMPLEXITY.md. `full`: full attention, its probability matrix held; `full-rows`: the same,
 * row by row without the matrix; `longformer-offline`: a finite sequence at once; `longformer-stream`: token by token;
 * `recompute` and `recompute-64`: the offline model run anew over a buffer for every token, or for every 64; `reformer-offline`: LSH
 * attention of a finite sequence, sorted and cut; `reformer-stream`: the rule bucket-recency, token by token; `reformer-cached`:
 * one step of the reference's cache after so many tokens, times their number.
 */
export const COMPLEXITY_MODELS = [
  'full',
  'full-rows',
  'longformer-offline',
  'longformer-stream',
  'recompute',
  'recompute-64',
  'reformer-offline',
  'reformer-stream',
  'reformer-cached',
] as const;

/** One of {@link COMPLEXITY_MODELS}. */
export type ComplexityModel = (typeof COMPLEXITY_MODELS)[number];

/** What one model takes for a sequence of one length. */
export interface ComplexityMeasurement {
  readonly bench: 'complexity';
  readonly model: ComplexityModel;
  /** Tokens of the sequence. */
  readonly length: number;
  /** CPU time for the whole sequence, the median of `runs`; where `sampled`, the mean of the hops times their number. */
  readonly ms: number;
  readonly usPerToken: number;
  /** Typed arrays alive at the fullest moment, after a collection; weights and the given sequence not counted. */
  readonly bytes: number;
  readonly runs: number;
  /** Hops that were timed, where the rest of the sequence is extrapolated. */
  readonly sampled?: number;
}

/** A length at which a model was not run, and why. */
export interface ComplexitySkip {
  readonly bench: 'complexity';
  readonly model: ComplexityModel;
  readonly length: number;
  readonly skipped: string;
}

/** The slope of a figure over the length, both logarithmic: 1 grows as n, 2 as n², 0 not at all. */
export interface ComplexityFit {
  readonly bench: 'complexity';
  readonly model: ComplexityModel;
  readonly fit: 'ms' | 'bytes';
  readonly exponent: number;
  /** Shortest and longest length that the line goes through: the upper half of those measured. */
  readonly from: number;
  readonly to: number;
}

/** Everything that the bench can tell. */
export type ComplexityLine = ComplexityMeasurement | ComplexitySkip | ComplexityFit;
