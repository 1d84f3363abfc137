import type { LongformerConfig, LongformerEncoder, ReformerConfig } from '../../models/index.ts';

/** The names of the sizes that encoder figures are given for. */
export const ENCODER_SIZES = ['A', 'B'] as const;

/** One of {@link ENCODER_SIZES}. */
export type EncoderSize = (typeof ENCODER_SIZES)[number];

/** The two sizes that all encoder figures are given for; input tokens of 64 numbers. */
export const ENCODER_CONFIGS: Readonly<Record<EncoderSize, LongformerConfig>> = {
  A: { inputSize: 64, hiddenSize: 128, numLayers: 4, numHeads: 4, ffnSize: 512, window: 512 },
  B: { inputSize: 64, hiddenSize: 256, numLayers: 6, numHeads: 8, ffnSize: 1024, window: 1024 },
};

/**
 * The Reformer that is measured beside the Longformer of size A: four LSH layers by the rule bucket-recency, 4 rounds that
 * show 16 tokens of a bucket each, 64 latest tokens, a horizon of 4096 and 128 buckets, 2 × horizon / chunkLength.
 */
export const REFORMER_CONFIG: ReformerConfig = {
  inputSize: 64,
  hiddenSize: 128,
  numHeads: 4,
  ffnSize: 512,
  layers: ['lsh', 'lsh', 'lsh', 'lsh'],
  lsh: { numBuckets: 128, numHashes: 4, depth: 16, fallback: 64, horizon: 4096, rule: 'bucket-recency' },
};

/** Seed of the weights of every benchmarked model. */
export const WEIGHTS_SEED = 1;

/** Bytes of float32 that one token of one stream has to read: all weights once, and all keys and values in the window. */
export interface TokenTraffic {
  readonly weightBytes: number;
  readonly cacheBytes: number;
}

/** What a token of `encoder` reads, see {@link TokenTraffic}. */
export function tokenTraffic(encoder: LongformerEncoder): TokenTraffic {
  const { window, hiddenSize } = encoder.config;
  const keys = window.reduce((sum, one) => sum + one, 0);
  return { weightBytes: 4 * encoder.parameterCount, cacheBytes: 4 * 2 * keys * hiddenSize };
}
