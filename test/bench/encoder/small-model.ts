import { type Batch, randomBatch } from '../../../bench/encoder/batch.ts';
import type { Engine, EngineSession, LongformerModel } from '../../../bench/encoder/engines/engine.ts';
import { Random } from '../../../core/index.ts';
import { createLongformer } from '../../../models/index.ts';

/** A Longformer whose window is no multiple of the fill, so that rings wrap within a call. */
export function smallModel(): LongformerModel {
  const config = { inputSize: 6, hiddenSize: 16, numLayers: 2, numHeads: 2, ffnSize: 24, window: 40 };
  const encoder = createLongformer(config, { seed: 5 }, { engine: 'reference' });
  return { family: 'longformer', size: 'A', encoder, reach: 40 };
}

/** One batch of each number of tokens, for `streams` streams of {@link smallModel}. */
export function smallBatches(streams: number, tokens: readonly number[]): Batch[] {
  const random = new Random(23);
  return tokens.map((count) => randomBatch(random, { streams, tokens: count, inputSize: 6 }));
}

/** An engine for tests: takes part in everything, and opens `session`. */
export function madeUpEngine(parts: Partial<Engine> & { readonly session?: EngineSession }): Engine {
  const { session, ...rest } = parts;
  return {
    name: 'tfjs-wasm',
    families: ['longformer'],
    sees: 'stream',
    tolerance: 1e-4,
    bytes: () => 0,
    open: async () => session as EngineSession,
    ...rest,
  };
}
