import type { Activation } from '../kernels/reference/index.ts';

/**
 * Attention of one layer. `lsh`: over the tokens that share a hash bucket. `local`: over chunks of the sequence. `window`:
 * the sliding window of the Longformer.
 */
export type ReformerLayer = 'lsh' | 'local' | 'window';

/**
 * Which earlier tokens an LSH layer sees. `bucket-recency`: for each head and round the latest tokens of the own bucket,
 * and the latest of all. `prefix-exact`: what the offline rule would show the token if the stream ended with it.
 * `offline`: sort and cut into chunks, on the whole sequence at once; there masked tokens attend like others, as in the
 * reference, though nobody sees them.
 */
export type LshRule = 'bucket-recency' | 'prefix-exact' | 'offline';

/** LSH attention (Reformer, section 2). */
export interface LshConfig {
  /**
   * Buckets: an even number, or even factors whose product it is (each is hashed for itself), at most 65536 in all. About
   * 2 × `horizon` / `chunkLength` keeps a bucket near half a chunk.
   */
  readonly numBuckets: number | readonly number[];
  /** Hash rounds, 1..64. Default 1. */
  readonly numHashes?: number;
  /** Tokens of a chunk of the sorted sequence, 1..65536. Default 64. */
  readonly chunkLength?: number;
  /** Chunks before the own one that are seen too, 0..64. Default 1. */
  readonly chunksBefore?: number;
  /** Chunks behind the own one that are seen too, 0..64. Default 0. */
  readonly chunksAfter?: number;
  /** How a stream finds its candidates. Default `bucket-recency`. */
  readonly rule?: LshRule;
  /** Tokens that a stream remembers, 1..1048576. Default 16 × `chunkLength`. */
  readonly horizon?: number;
  /** `bucket-recency`: tokens of a bucket that a round shows, 1..1048576. Default 2 × `chunkLength`. */
  readonly depth?: number;
  /** `bucket-recency`: latest tokens seen whatever their bucket, 0..`horizon`. Default `chunkLength`. */
  readonly fallback?: number;
  /**
   * `bucket-recency`: what a token counts that several rounds show: `lse` once a round, as the Reformer's rounds joined
   * by log-sum-exp; `union` once. Default `lse`.
   */
  readonly combine?: 'lse' | 'union';
}

/** Chunked local attention (Reformer, section 3 of the released models). */
export interface LocalConfig {
  /** 1..65536, default 64. */
  readonly chunkLength?: number;
  /** Chunks before the own one, 0..64. Default 1. */
  readonly chunksBefore?: number;
  /** Chunks behind the own one, 0..64; a stream has none. Default 0. */
  readonly chunksAfter?: number;
}

/** Sliding window of the `window` layers, as in the Longformer. */
export interface WindowConfig {
  /** Keys at and before a token, itself included, 1..1048576. Default 512. */
  readonly window?: number;
  /** Keys after a token, 0..1048576. Default 0. */
  readonly lookAhead?: number;
  /** Step between keys, one number or one per head, 1..65536. Default 1. */
  readonly dilation?: number | readonly number[];
}

/** A Reformer (arXiv 2001.04451), with sliding-window layers where wanted. */
export interface ReformerConfig {
  /** Width of an input row, 1..65536; `hiddenSize` for `direct` input, 1 for `ids`. */
  readonly inputSize: number;
  /** `linear`: a learned affine map. `direct`: rows are embeddings. `ids`: a row is an integer below `vocabSize`. Default `linear`. */
  readonly input?: 'linear' | 'direct' | 'ids';
  /** Rows of the table of `ids`, 1..2^24. */
  readonly vocabSize?: number;
  /** Width of each of the two residual streams, 1..8192; the output has twice as much. */
  readonly hiddenSize: number;
  /** 1..256. */
  readonly numHeads: number;
  /** Width of a head, 1..8192. Default `hiddenSize` / `numHeads`. */
  readonly headDim?: number;
  /** Attention of each layer, 1..256 layers. */
  readonly layers: readonly ReformerLayer[];
  /** Width of the feed-forward layer, 1..65536. Default 4 × `hiddenSize`. */
  readonly ffnSize?: number;
  /** Default `relu`. */
  readonly activation?: Activation;
  /** 1e-12..0.1, default 1e-12. */
  readonly layerNormEps?: number;
  /** Tokens see only earlier ones; a stream needs it, unless its rule is `offline`. Default true. */
  readonly causal?: boolean;
  /**
   * What lies beside the first and last chunk of a finite sequence: nothing (`masked`), or the chunks of the other end, as
   * Hugging Face has it (`circular`; with several hash rounds, of the neighbouring round). Default `masked`.
   */
  readonly wrap?: 'masked' | 'circular';
  /** Where there are `lsh` layers. */
  readonly lsh?: LshConfig;
  readonly local?: LocalConfig;
  readonly window?: WindowConfig;
  /** `learned`: a row of a table. `axial`: concatenated rows of one table per axis. `none`: nothing. Default `none`. */
  readonly position?: 'learned' | 'axial' | 'none';
  /** Rows of the learned positions, 1..2^24; for `axial` the product of `axialShape`. */
  readonly maxPositions?: number;
  /** Rows of each axial table; positions run over them in row-major order. */
  readonly axialShape?: readonly number[];
  /** Width of each axial table; the sum is `hiddenSize`. */
  readonly axialSizes?: readonly number[];
  /** After the last position: `error`, or `recycle` from the first. Default `error`. */
  readonly positionPolicy?: 'error' | 'recycle';
}

/** A configuration with every default filled in; fields that do not apply are 0, empty or absent. */
export interface ResolvedReformerConfig extends Required<Omit<ReformerConfig, 'lsh' | 'local' | 'window'>> {
  readonly lsh?: Required<Omit<LshConfig, 'numBuckets'>> & { readonly numBuckets: readonly number[] };
  readonly local?: Required<LocalConfig>;
  readonly window?: Required<Omit<WindowConfig, 'dilation'>> & { readonly dilation: readonly number[] };
}
