import { fileURLToPath } from 'node:url';
import type { Chunk } from '../../../core/index.ts';
import type { ModelSpec } from '../../../pipeline/index.ts';

const ENCODER = {
  longformer: { inputSize: 64, hiddenSize: 16, numLayers: 2, numHeads: 2, ffnSize: 24, window: 6 },
  seed: 3,
};
const AUDIO: ModelSpec = { kind: 'embedding', front: { kind: 'logMel', sampleRateHz: 16_000 }, encoder: ENCODER };
const SCENE: ModelSpec = { ...AUDIO, kind: 'scene' };
const SERIES: ModelSpec = { kind: 'anomaly', head: { channels: 2, probationRows: 20 } };
const SERIES_ENCODED: ModelSpec = {
  kind: 'anomaly',
  head: { channels: 1, probationRows: 30 },
  encoder: { ...ENCODER, longformer: { ...ENCODER.longformer, inputSize: 1 } },
};
const ROWS: ModelSpec = {
  kind: 'embedding',
  front: { kind: 'scale', channels: 2, warmupRows: 25 },
  encoder: { ...ENCODER, longformer: { ...ENCODER.longformer, inputSize: 2 } },
};
/** A delay of 2·1 + 1·3 tokens, over heads of different steps. */
const AHEAD = { lookAhead: [2, 1], dilation: [1, [1, 3]], sinks: 2 };
const ROWS_AHEAD: ModelSpec = {
  ...ROWS,
  encoder: { ...ENCODER, longformer: { ...ENCODER.longformer, ...AHEAD, inputSize: 2 } },
};
const SCENE_AHEAD: ModelSpec = {
  ...SCENE,
  encoder: { ...ENCODER, longformer: { ...ENCODER.longformer, ...AHEAD } },
};
/** More look-ahead than there are rows: everything is owed until the end. */
const ALL_OWED: ModelSpec = {
  kind: 'embedding',
  front: { kind: 'none', channels: 2 },
  encoder: { ...ENCODER, longformer: { ...ENCODER.longformer, inputSize: 2, lookAhead: 50 } },
};
const IDS: ModelSpec = {
  kind: 'embedding',
  front: { kind: 'none', channels: 1 },
  encoder: { model: fileURLToPath(new URL('../../fixtures/hf/longformer-checkpoint', import.meta.url)) },
};

/** A model and samples for it. */
export interface StreamCase {
  readonly spec: ModelSpec;
  readonly channels: number;
  readonly samples: Float32Array | Float64Array;
  readonly times: boolean;
}

const audio = new Float32Array(1500).map((_, i) => Math.sin(i * i * 0.001) * 0.3);
const series = (length: number): Float64Array =>
  new Float64Array(length).map((_, i) => Math.sin(i / 5) * 3 + (i % 97 === 96 ? 40 : 0) + i * 1e-3);
/** A model of each kind with what it finds in some samples. */
export const CASES: Readonly<Record<string, StreamCase>> = {
  'embeddings of audio': { spec: AUDIO, channels: 1, samples: audio, times: false },
  'scene novelty of audio': { spec: SCENE, channels: 1, samples: audio, times: false },
  'anomalies of two columns': { spec: SERIES, channels: 2, samples: series(240), times: true },
  'anomalies with an encoder': { spec: SERIES_ENCODED, channels: 1, samples: series(150), times: false },
  'scene novelty with look-ahead': { spec: SCENE_AHEAD, channels: 1, samples: audio, times: false },
  'embeddings of rows with look-ahead': { spec: ROWS_AHEAD, channels: 2, samples: series(120), times: true },
  'rows that are all owed until the end': { spec: ALL_OWED, channels: 2, samples: series(120), times: true },
  'ids of a stored model': {
    ...{ spec: IDS, channels: 1, times: false },
    samples: new Float64Array(40).map((_, i) => 3 + ((7 * i) % 90)),
  },
  'embeddings of rows': { spec: ROWS, channels: 2, samples: series(120), times: true },
};

/** The samples of a case as chunks, cut before the given rows. */
export function chunksOf({ channels, samples, times }: StreamCase, cuts: readonly number[]): Chunk[] {
  const rows = samples.length / channels;
  const edges = [...new Set([0, ...cuts.filter((cut) => cut > 0 && cut < rows), rows])].sort((a, b) => a - b);
  return edges.slice(0, -1).map((from, i): Chunk => {
    const to = edges[i + 1] as number;
    return {
      streamId: 'test',
      startSample: from,
      sampleRateHz: channels === 1 && !times ? 16_000 : 0,
      channels,
      samples: samples.slice(from * channels, to * channels),
      eventTimeMs: undefined,
      ...(times ? { timeTexts: Array.from({ length: to - from }, (_, row) => `t${from + row}`) } : {}),
    };
  });
}
