import type { LayerNorm, Linear } from '../kernels/reference/index.ts';
import type { EmbeddingWeights, ReadoutWeights } from '../stack/index.ts';

/** Query, key and value maps, each `[hiddenSize, hiddenSize]`. */
export interface AttentionProjections {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
}

/** The parameters of one layer. */
export interface LongformerLayerWeights extends AttentionProjections {
  /** For tokens that are global both ways; only with `globalProjections`. */
  readonly global?: AttentionProjections;
  readonly attentionOutput: Linear;
  readonly attentionNorm: LayerNorm;
  readonly ffnIn: Linear;
  readonly ffnOut: Linear;
  readonly ffnNorm: LayerNorm;
}

/** All parameters of an encoder; immutable once made. */
export interface LongformerWeights {
  readonly embedding: EmbeddingWeights;
  /** Norm of the embedding (`post`) or of the output (`pre`). */
  readonly outerNorm: LayerNorm;
  readonly layers: readonly LongformerLayerWeights[];
  readonly readout?: ReadoutWeights;
}
