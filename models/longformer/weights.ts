import type { LayerNorm, Linear } from '../kernels/reference/index.ts';

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

/** Where tokens become the residual stream; each part exists where the configuration asks for it. */
export interface LongformerEmbeddingWeights {
  /** `[hiddenSize, inputSize]`, for `linear` input. */
  readonly linear?: Linear;
  /** `[vocabSize, hiddenSize]`, for `ids`. */
  readonly words?: Float32Array;
  /** `[maxPositions, hiddenSize]`, for learned positions. */
  readonly positions?: Float32Array;
  /** `[typeVocabSize, hiddenSize]`. */
  readonly types?: Float32Array;
}

/** Attention pooling over the outputs. */
export interface ReadoutWeights {
  /** Constant queries, `[queries, hiddenSize]`, not yet scaled. */
  readonly queries: Float32Array;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
}

/** All parameters of an encoder; immutable once made. */
export interface LongformerWeights {
  readonly embedding: LongformerEmbeddingWeights;
  /** Norm of the embedding (`post`) or of the output (`pre`). */
  readonly outerNorm: LayerNorm;
  readonly layers: readonly LongformerLayerWeights[];
  readonly readout?: ReadoutWeights;
}
