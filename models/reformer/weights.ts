import type { LayerNorm, Linear } from '../kernels/reference/index.ts';
import type { EmbeddingWeights } from '../stack/index.ts';

/** A linear map without bias, `[outSize, inSize]` row-major. */
export type Projection = Float32Array;

/** Shared query-key and value maps of an `lsh` layer, each `[numHeads * headDim, hiddenSize]`. */
export interface LshWeights {
  readonly queryKey: Projection;
  readonly value: Projection;
  /** Random rotations, `[numHeads, headDim, numHashes, Σ numBuckets / 2]`: part of the model, so that buckets never change. */
  readonly rotations: Float32Array;
}

/** Maps of a `local` or `window` layer, each `[numHeads * headDim, hiddenSize]`. */
export interface AttentionMaps {
  readonly query: Projection;
  readonly key: Projection;
  readonly value: Projection;
}

/** The parameters of one layer; `lsh` or `attention` by its kind. */
export interface ReformerLayerWeights {
  readonly lsh?: LshWeights;
  readonly attention?: AttentionMaps;
  readonly attentionNorm: LayerNorm;
  /** `[hiddenSize, numHeads * headDim]` */
  readonly attentionOutput: Projection;
  readonly ffnNorm: LayerNorm;
  readonly ffnIn: Linear;
  readonly ffnOut: Linear;
}

/** All parameters of an encoder; immutable once made. */
export interface ReformerWeights {
  readonly embedding: EmbeddingWeights;
  readonly layers: readonly ReformerLayerWeights[];
  /** Over both residual streams, `[2 hiddenSize]`. */
  readonly outputNorm: LayerNorm;
}
