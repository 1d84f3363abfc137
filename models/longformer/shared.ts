import { InputError, ShapeError } from '../../core/index.ts';
import type { ResolvedLongformerConfig } from './config.ts';
import type { LongformerEmbedding } from './embedding.ts';
import type { LayerStep } from './layer-step.ts';
import type { Readout } from './readout.ts';
import type { LongformerWeights } from './weights.ts';

/** What the streams and sequences of one encoder share: immutable, and scratch. */
export interface LongformerShared {
  readonly config: ResolvedLongformerConfig;
  readonly weights: LongformerWeights;
  readonly modelHash: string;
  readonly embedding: LongformerEmbedding;
  readonly step: LayerStep;
  readonly readout: Readout | undefined;
}

/**
 * Checks `kinds` against the number of tokens and the codes.
 * @throws ShapeError `SHAPE_MISMATCH`; InputError `TOKEN_INVALID`
 */
export function requireKinds(kinds: Uint8Array | undefined, count: number, at: number): void {
  if (kinds === undefined) return;
  if (kinds.length !== count) {
    throw new ShapeError(
      'SHAPE_MISMATCH',
      `Expected \`kinds\` to hold one byte for each of ${count} tokens, got ${kinds.length}`,
    );
  }
  const wrong = kinds.findIndex((kind) => kind > 2);
  if (wrong >= 0) {
    throw new InputError(
      'TOKEN_INVALID',
      `Expected the kind of token ${at + wrong} to be 0 (masked), 1 (local) or 2 (global), got ${kinds[wrong]}`,
    );
  }
}
