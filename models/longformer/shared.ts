import type { Engine } from '../kernels/index.ts';
import { Readout, type TokenEmbedding } from '../stack/index.ts';
import type { ResolvedLongformerConfig } from './config.ts';
import type { LongformerWeights } from './weights.ts';

/** What the sequences of one encoder share. */
export interface LongformerShared {
  readonly config: ResolvedLongformerConfig;
  readonly weights: LongformerWeights;
  readonly embedding: TokenEmbedding;
}

/** The read-out of an encoder, where it has one. */
export function readoutOf(
  engine: Engine,
  config: ResolvedLongformerConfig,
  weights: LongformerWeights,
): Readout | undefined {
  if (config.readout === undefined || weights.readout === undefined) return undefined;
  return new Readout(engine, { ...config, ...config.readout }, weights.readout);
}
