import { createLongformer, createReformer } from '../../models/index.ts';
import { ENCODER_CONFIGS, type EncoderSize, REFORMER_CONFIG, WEIGHTS_SEED } from './configs.ts';
import type { BenchModel, LongformerModel } from './engines/engine.ts';

/** The Longformer of a size, in the reference engine. */
export function longformerModel(size: EncoderSize): LongformerModel {
  const encoder = createLongformer(ENCODER_CONFIGS[size], { seed: WEIGHTS_SEED }, { engine: 'reference' });
  return { family: 'longformer', size, encoder, reach: Math.max(...encoder.config.window) };
}

/** The Reformer beside the Longformer of size A, in the reference engine. */
export function reformerModel(): BenchModel {
  const encoder = createReformer(REFORMER_CONFIG, { seed: WEIGHTS_SEED }, { engine: 'reference' });
  return { family: 'reformer', size: 'A', encoder, reach: REFORMER_CONFIG.lsh?.horizon ?? 0 };
}
