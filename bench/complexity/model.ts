import { Random } from '../../core/index.ts';
import {
  createLongformer,
  createReformer,
  type LongformerConfig,
  type LongformerEncoder,
  type ReformerEncoder,
} from '../../models/index.ts';

/** All subjects in plain TypeScript, as full attention and the cached reference are: the bench compares algorithms. */
export const ENGINE = { engine: 'reference' } as const;

const SIZE = { inputSize: 16, hiddenSize: 32, numLayers: 2, numHeads: 2, ffnSize: 64 } as const;

/** The measured model: `attention_window` 128 of Hugging Face, 64 keys to either side, in two small layers. */
export const COMPLEXITY_CONFIG: LongformerConfig = { ...SIZE, window: 65, lookAhead: 64 };

/** The measured model with seeded weights. */
export function slidingEncoder(): LongformerEncoder {
  return createLongformer(COMPLEXITY_CONFIG, { seed: 1 }, ENGINE);
}

/** The same weights with full attention over `length` tokens: every token sees all others, by the same kernels. */
export function fullEncoder({ weights }: Pick<LongformerEncoder, 'weights'>, length: number): LongformerEncoder {
  return createLongformer({ ...SIZE, window: length, lookAhead: length - 1 }, { weights }, ENGINE);
}

/**
 * A Reformer of the same size: two LSH layers, two rounds of 64 buckets, chunks of 64; a stream of it remembers 1024 tokens.
 * @param rule of its layers; the weights are the same
 */
export function lshEncoder(rule: 'offline' | 'bucket-recency'): ReformerEncoder {
  const { inputSize, hiddenSize, numHeads, ffnSize } = SIZE;
  const lsh = { numBuckets: 64, numHashes: 2, chunkLength: 64, horizon: 1024, rule };
  return createReformer({ inputSize, hiddenSize, numHeads, ffnSize, layers: ['lsh', 'lsh'], lsh }, { seed: 1 }, ENGINE);
}

/** Tokens to either side of a token that its encoding depends on: Λ, the reach of all layers together. */
export function reachOf({ config }: LongformerEncoder): number {
  return config.lookAhead.reduce((sum, keys) => sum + keys, 0);
}

/** Seeded input `[length, inputSize]`. */
export function seededTokens(length: number): Float32Array {
  const random = new Random(7);
  return new Float32Array(length * SIZE.inputSize).map(() => random.nextSymmetric(1));
}
