import type { ModelSpec } from '../../../pipeline/index.ts';
import { EncoderCache } from '../../../pipeline/workers/encoder-cache.ts';
import type { ModelOutput } from '../../../pipeline/workers/model-spec.ts';
import { openStreamModel } from '../../../pipeline/workers/stream-model.ts';

/** Rows of a wave, as a stream that has come to row `from` would go on. */
export const wave = (from: number, length: number): Float64Array =>
  new Float64Array(length).map((_, i) => Math.cos(from + i) + Math.sin((from + i) / 7));

/** What a model gives on this thread for pushes one after the other, and at its end. */
export async function onThisThread(
  spec: ModelSpec,
  pushes: readonly (Float32Array | Float64Array)[],
): Promise<ModelOutput[]> {
  const model = await openStreamModel(spec, new EncoderCache());
  return [...pushes.map((samples) => model.push(samples)), model.flush()];
}

const longformer = { inputSize: 1, hiddenSize: 4, numLayers: 2, numHeads: 2, window: 6, lookAhead: [1, 0], sinks: 1 };

/** One small model of each kind that a pipeline may name. */
export const MODELS: Readonly<Record<string, ModelSpec>> = {
  'scaled rows, with look-ahead': {
    kind: 'embedding',
    front: { kind: 'scale', channels: 1, warmupRows: 40 },
    encoder: { longformer, seed: 9 },
  },
  'rows as they are, through LSH': {
    kind: 'embedding',
    front: { kind: 'none', channels: 1 },
    encoder: {
      reformer: {
        ...{ inputSize: 1, hiddenSize: 8, numHeads: 2, ffnSize: 8, layers: ['lsh', 'local'] },
        lsh: { chunkLength: 4, numBuckets: 4, numHashes: 2, rule: 'bucket-recency', horizon: 32 },
        local: { chunkLength: 4 },
      },
      seed: 3,
    },
  },
  'audio, judged as scenes': {
    kind: 'scene',
    front: { kind: 'logMel', sampleRateHz: 16_000 },
    encoder: { longformer: { ...longformer, inputSize: 64, lookAhead: 0 }, seed: 2 },
  },
  'rows, judged with an encoder': {
    kind: 'anomaly',
    head: { channels: 1, probationRows: 60, tokenRows: 2 },
    encoder: { longformer: { ...longformer, lookAhead: 0 }, seed: 4 },
  },
  'a stream that is held whole': {
    kind: 'embedding',
    front: { kind: 'none', channels: 1 },
    encoder: {
      reformer: {
        ...{ inputSize: 1, hiddenSize: 4, numHeads: 1, ffnSize: 4, causal: false, layers: ['local'] },
        local: { chunkLength: 4 },
      },
      seed: 5,
    },
    untilEnd: 'allow',
  },
};
