import { createReformer, type LshWeights, type ReformerLayerWeights } from '../../models/index.ts';
import { applyLayerNorm, applyLinear, type Linear, normaliseKeys } from '../../models/kernels/reference/index.ts';
import { defaultSetting, type LayerShape, type LshSetting, layerConfig } from './setting.ts';
import type { TokenSet } from './tokens/token-set.ts';

/** What the attention of one layer works on, `[n, heads * headDim]` each; keys are normalised as the Reformer does it. */
export interface HeadVectors {
  readonly heads: number;
  readonly headDim: number;
  readonly count: number;
  /** Query-key vectors, which are also what is hashed. */
  readonly queries: Float32Array;
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** The layer that prices are given for. */
export const LAYER = { hiddenSize: 64, numHeads: 4, ffnSize: 256 } as const;

/** The layer of {@link projectedVectors} on tokens of some width. */
export function projectedShape(width: number): LayerShape {
  return { ...LAYER, inputSize: width, input: 'linear' };
}

/** A layer of one head as wide as a token, for {@link rawVectors}. */
export function rawShape(width: number): LayerShape {
  return { inputSize: width, input: 'direct', hiddenSize: width, numHeads: 1, ffnSize: 1 };
}

/** The rotations of an untrained layer with a setting, `[heads, headDim, rounds, Σ numBuckets / 2]`. */
export function rotationsOf(shape: LayerShape, setting: LshSetting, seed: number): Float32Array {
  const [layer] = createReformer(layerConfig(shape, setting), { seed }).weights.layers;
  return layer?.lsh?.rotations as Float32Array;
}

/** The tokens themselves as queries, keys and values of one head: what is alike in the data attracts. */
export function rawVectors({ tokens, width }: TokenSet): HeadVectors {
  const keys = new Float32Array(tokens.length);
  normaliseKeys(tokens, width, keys);
  return { heads: 1, headDim: width, count: tokens.length / width, queries: tokens, keys, values: tokens };
}

/**
 * What the first layer of an untrained Reformer makes of the tokens: input map, norm, shared query-key map and value map of
 * {@link LAYER}, with the weights that the seed gives.
 */
export function projectedVectors({ tokens, width }: TokenSet, seed: number): HeadVectors {
  const { config, weights } = createReformer(
    layerConfig(projectedShape(width), defaultSetting('bucket-recency', 1, 256)),
    { seed },
  );
  const { numHeads: heads, headDim, hiddenSize } = config;
  const { attentionNorm, lsh } = weights.layers[0] as ReformerLayerWeights;
  const { queryKey, value } = lsh as LshWeights;
  const size = heads * headDim;
  const into = (weight: Float32Array): Linear => ({
    inSize: hiddenSize,
    outSize: size,
    weight,
    bias: new Float32Array(size),
  });
  const [queryMap, valueMap] = [into(queryKey), into(value)];
  const count = tokens.length / width;
  const rows = (): Float32Array => new Float32Array(count * size);
  const vectors = { heads, headDim, count, queries: rows(), keys: rows(), values: rows() };
  const x = new Float32Array(hiddenSize);
  for (let t = 0; t < count; t++) {
    applyLinear(weights.embedding.linear as Linear, tokens.subarray(t * width, (t + 1) * width), x);
    applyLayerNorm(attentionNorm, x, x);
    applyLinear(queryMap, x, vectors.queries.subarray(t * size, (t + 1) * size));
    applyLinear(valueMap, x, vectors.values.subarray(t * size, (t + 1) * size));
  }
  normaliseKeys(vectors.queries, headDim, vectors.keys);
  return vectors;
}
