import type { EncoderSpec, FrontSpec } from '../workers/model-spec.ts';

/** Encoder of log-mel tokens when none is configured: untrained, window of 5.12 s at a 10 ms hop. */
export const DEFAULT_AUDIO_ENCODER: EncoderSpec = {
  longformer: { inputSize: 64, hiddenSize: 64, numLayers: 2, numHeads: 4, ffnSize: 256, window: 512 },
  seed: 1,
};

/** Log-mel at 16 kHz, 25 ms frames every 10 ms, 64 bands. */
export const DEFAULT_AUDIO_FRONT: FrontSpec = { kind: 'logMel', sampleRateHz: 16_000 };

/** Encoder of scaled rows of a series when none is configured: untrained, window of 256 rows. */
export function defaultSeriesEncoder(channels: number): EncoderSpec {
  return {
    longformer: { inputSize: channels, hiddenSize: 32, numLayers: 2, numHeads: 4, ffnSize: 128, window: 256 },
    seed: 1,
  };
}

/** Robust scaling per channel, its reference fixed after 100 rows. */
export function defaultSeriesFront(channels: number): FrontSpec {
  return { kind: 'scale', channels, warmupRows: 100 };
}
