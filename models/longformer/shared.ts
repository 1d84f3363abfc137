import type { Readout, TokenEmbedding } from '../stack/index.ts';
import type { ResolvedLongformerConfig } from './config.ts';
import type { LongformerWeights } from './weights.ts';

/** What the sequences of one encoder share. */
export interface LongformerShared {
  readonly config: ResolvedLongformerConfig;
  readonly weights: LongformerWeights;
  readonly embedding: TokenEmbedding;
  readonly readout: Readout | undefined;
  /** Row of the first layer from an embedding, in place. */
  begin(x: Float32Array): void;
}
