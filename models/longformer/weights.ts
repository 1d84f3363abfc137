import { Random } from '../../core/index.ts';
import type { LayerNorm, Linear } from '../kernels/reference/index.ts';
import type { ResolvedLongformerConfig } from './config.ts';

/** The parameters of one layer. */
export interface LongformerLayerWeights {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly attentionOutput: Linear;
  readonly attentionNorm: LayerNorm;
  readonly ffnIn: Linear;
  readonly ffnOut: Linear;
  readonly ffnNorm: LayerNorm;
}

/** All parameters of an encoder; immutable once made. */
export interface LongformerWeights {
  /** Input token to residual stream. */
  readonly embedding: Linear;
  /** Norm of the embedding (`post`) or of the output (`pre`). */
  readonly outerNorm: LayerNorm;
  readonly layers: readonly LongformerLayerWeights[];
}

/**
 * Untrained weights from a seed: every linear map uniform in ±1/√inSize, biases too, norms at (1, 0).
 * The same seed gives the same bits everywhere. Random layers keep distances between inputs roughly
 * as they are; they know nothing of any data.
 */
export function seededWeights(config: ResolvedLongformerConfig, seed: number): LongformerWeights {
  const random = new Random(seed);
  const { inputSize, hiddenSize, ffnSize, layerNormEps } = config;
  const linear = (inSize: number, outSize: number): Linear => {
    const limit = 1 / Math.sqrt(inSize);
    const weight = new Float32Array(inSize * outSize).map(() => random.nextSymmetric(limit));
    const bias = new Float32Array(outSize).map(() => random.nextSymmetric(limit));
    return { inSize, outSize, weight, bias };
  };
  const norm = (): LayerNorm => ({
    size: hiddenSize,
    weight: new Float32Array(hiddenSize).fill(1),
    bias: new Float32Array(hiddenSize),
    eps: Math.fround(layerNormEps),
  });
  return {
    embedding: linear(inputSize, hiddenSize),
    outerNorm: norm(),
    layers: Array.from({ length: config.numLayers }, () => ({
      query: linear(hiddenSize, hiddenSize),
      key: linear(hiddenSize, hiddenSize),
      value: linear(hiddenSize, hiddenSize),
      attentionOutput: linear(hiddenSize, hiddenSize),
      attentionNorm: norm(),
      ffnIn: linear(hiddenSize, ffnSize),
      ffnOut: linear(ffnSize, hiddenSize),
      ffnNorm: norm(),
    })),
  };
}

/** Every parameter array in one fixed order, for hashing and counting. */
export function weightArrays(weights: LongformerWeights): Float32Array[] {
  const of = (part: { readonly weight: Float32Array; readonly bias: Float32Array }): Float32Array[] => [
    part.weight,
    part.bias,
  ];
  return [
    ...of(weights.embedding),
    ...of(weights.outerNorm),
    ...weights.layers.flatMap((layer) => [
      ...of(layer.query),
      ...of(layer.key),
      ...of(layer.value),
      ...of(layer.attentionOutput),
      ...of(layer.attentionNorm),
      ...of(layer.ffnIn),
      ...of(layer.ffnOut),
      ...of(layer.ffnNorm),
    ]),
  ];
}
