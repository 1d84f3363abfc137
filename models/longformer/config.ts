import type { Activation } from '../kernels/reference/index.ts';
import type { ReadoutConfig } from '../stack/index.ts';

/**
 * A sliding-window Longformer (arXiv 2004.05150, section 3) for endless streams and for finite sequences.
 *
 * The token at position t of a layer sees the keys t − (window − 1)·d … t … t + lookAhead·d in steps of the dilation
 * d, cut at the ends of the stream, and the pinned keys: sinks and the latest globals at positions ≤ t.
 */
export interface LongformerConfig {
  /** Width of an input row, 1..65536; `hiddenSize` for `direct` input, 1..3 for `ids`. */
  readonly inputSize: number;
  /**
   * `linear`: rows go through a learned affine map. `direct`: rows are embeddings already. `ids`: a row is an integer
   * below `vocabSize`, looked up in a table; a second column is the token type, a third the row of the learned positions.
   * Default `linear`.
   */
  readonly input?: 'linear' | 'direct' | 'ids';
  /** Rows of the table of `ids`, 1..2^24. */
  readonly vocabSize?: number;
  /** An id that takes no position of its own: it gets row `positionOffset` − 1 of the learned positions. Default none. */
  readonly padId?: number;
  /** Rows of the table of token types, 0..65536; 0 has none. Type 0 where rows have no column for it. Default 0. */
  readonly typeVocabSize?: number;
  /** Width of the residual stream and of the output, 1..8192; a multiple of `numHeads`. */
  readonly hiddenSize: number;
  /** 1..256. */
  readonly numLayers: number;
  /** 1..256. */
  readonly numHeads: number;
  /** Width of the feed-forward layer, 1..65536. Default 4 × `hiddenSize`. */
  readonly ffnSize?: number;
  /** Keys at and before a token, itself included: one number, or one per layer, each 1..1048576. Default 512. */
  readonly window?: number | readonly number[];
  /** Keys after a token: one number, or one per layer, each 0..1048576. Delays the output by Σ lookAhead · dilation. Default 0. */
  readonly lookAhead?: number | readonly number[];
  /** Step between keys: one number, or one per layer, each a number or one per head, 1..65536. Default 1. */
  readonly dilation?: number | readonly (number | readonly number[])[];
  /** How many of the first tokens stay visible to all later ones, 0..65536. Default 0. */
  readonly sinks?: number;
  /** How many of the latest tokens marked global stay visible to all later ones, 0..65536. Default 0. */
  readonly globals?: number;
  /**
   * Own projections for tokens that are global both ways, in a finite sequence (`encodeSequence`); a stream cannot have
   * them, because such a token reads all that will ever come. Excludes `sinks` and `globals`. Default false.
   */
  readonly globalProjections?: boolean;
  /** Where LayerNorm stands: `pre` (with a final norm) or `post` as in BERT (with a norm of the embedding). Default `pre`. */
  readonly norm?: 'pre' | 'post';
  /** Default `gelu`. */
  readonly activation?: Activation;
  /**
   * `rotary` turns queries and keys by the absolute position, so scores depend on distance only; `learned` adds a row
   * of a table; `none` does nothing. Default `rotary`.
   */
  readonly position?: 'rotary' | 'learned' | 'none';
  /** 2..1e9, default 10000. */
  readonly rotaryBase?: number;
  /** Rows of the learned positions, 1..2^24. */
  readonly maxPositions?: number;
  /** Row of the first token, 0..`maxPositions` − 1. Default 0. */
  readonly positionOffset?: number;
  /** After the last learned row: `error`, or `recycle` from `positionOffset` again. Default `error`. */
  readonly positionPolicy?: 'error' | 'recycle';
  /** 1e-12..0.1, default 1e-5. */
  readonly layerNormEps?: number;
  /** Learned queries that summarise the outputs so far, see {@link ReadoutConfig}. Default none. */
  readonly readout?: ReadoutConfig;
}

/** A configuration with every default filled in. Fields that do not apply are 0 or absent. */
export interface ResolvedLongformerConfig
  extends Required<Omit<LongformerConfig, 'window' | 'lookAhead' | 'dilation' | 'padId' | 'readout'>> {
  readonly padId?: number;
  readonly readout?: ReadoutConfig;
  /** One per layer. */
  readonly window: readonly number[];
  /** One per layer. */
  readonly lookAhead: readonly number[];
  /** Per layer, one per head. */
  readonly dilation: readonly (readonly number[])[];
  readonly headDim: number;
}
