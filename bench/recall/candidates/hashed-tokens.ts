import { LshHash } from '../../../models/kernels/reference/index.ts';
import type { LshSetting } from '../setting.ts';
import type { HeadVectors } from '../vectors.ts';

/** The buckets of all tokens, by the library's hash. */
export interface HashedTokens {
  readonly heads: number;
  readonly rounds: number;
  readonly numBuckets: number;
  readonly hash: LshHash;
  /** `[n, heads * rounds]` */
  readonly buckets: Int32Array;
}

/** Hashes every token with the rotations `[heads, headDim, rounds, Σ numBuckets / 2]` of a layer. */
export function hashTokens(vectors: HeadVectors, setting: LshSetting, rotations: Float32Array): HashedTokens {
  const { heads, headDim, count, queries } = vectors;
  const { rounds, numBuckets } = setting;
  const factors = typeof numBuckets === 'number' ? [numBuckets] : numBuckets;
  const hash = new LshHash({ heads, headDim, rounds, factors }, rotations);
  const [width, tables] = [heads * headDim, heads * rounds];
  const buckets = new Int32Array(count * tables);
  for (let t = 0; t < count; t++) {
    hash.file(queries.subarray(t * width, (t + 1) * width), buckets.subarray(t * tables, (t + 1) * tables));
  }
  return { heads, rounds, numBuckets: hash.numBuckets, hash, buckets };
}

/** Row of the buckets of token `t`, `[heads * rounds]`. */
export function bucketsOf({ buckets, heads, rounds }: HashedTokens, t: number): Int32Array {
  return buckets.subarray(t * heads * rounds, (t + 1) * heads * rounds);
}
