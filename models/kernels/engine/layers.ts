/** An affine map; `weight` is `[outSize, inSize]` row-major, `bias` `[outSize]`. */
export interface Linear {
  readonly inSize: number;
  readonly outSize: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Scale and shift of a LayerNorm over `size` channels. */
export interface LayerNorm {
  readonly size: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  /** Added to the variance, float32. */
  readonly eps: number;
}

/**
 * Names of the feed-forward activations. `gelu` is the exact form x Φ(x), `gelu-tanh` its tanh approximation
 * (Hendrycks and Gimpel, 2016, section 2), `silu` is x σ(x) (section 3 there), `relu` is max(0, x).
 */
export const ACTIVATIONS = ['gelu', 'gelu-tanh', 'silu', 'relu'] as const;

/** One of {@link ACTIVATIONS}. */
export type Activation = (typeof ACTIVATIONS)[number];

/** How vectors are filed into buckets (Reformer, arXiv 2001.04451, section 2, "Locality sensitive hashing"). */
export interface LshShape {
  readonly heads: number;
  readonly headDim: number;
  /** Hash rounds. */
  readonly rounds: number;
  /** Even factors whose product is the number of buckets; one factor hashes at once, more hash each for itself. */
  readonly factors: readonly number[];
}

/** Numbers of one layer's rotations, `[heads, headDim, rounds, Σ factors / 2]`. */
export function rotationShape({ heads, headDim, rounds, factors }: LshShape): [number, number, number, number] {
  return [heads, headDim, rounds, factors.reduce((sum, factor) => sum + factor, 0) / 2];
}
