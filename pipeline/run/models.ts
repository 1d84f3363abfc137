import type { PipelineConfig } from '../config/schema.ts';
import type { EncoderSpec, FrontSpec, ModelSpec } from '../workers/model-spec.ts';
import { DEFAULT_AUDIO_ENCODER, DEFAULT_AUDIO_FRONT, defaultSeriesEncoder, defaultSeriesFront } from './defaults.ts';

/** The model that `longwave encode` and `npm start` use for audio. */
export function audioModel(kind: 'embedding' | 'scene'): ModelSpec {
  return { kind, front: DEFAULT_AUDIO_FRONT, encoder: DEFAULT_AUDIO_ENCODER };
}

/** The model that `longwave encode` uses for a series of some value columns. */
export function seriesModel(channels: number): ModelSpec {
  return { kind: 'embedding', front: defaultSeriesFront(channels), encoder: defaultSeriesEncoder(channels) };
}

/** The model of a pipeline file, for a stream of `channels` values per sample. */
export function configuredModel(config: PipelineConfig, channels: number): ModelSpec {
  const { head } = config;
  const front: FrontSpec =
    config.front?.scale === undefined
      ? DEFAULT_AUDIO_FRONT
      : { kind: 'scale', channels, warmupRows: config.front.scale.warmupRows };
  if (head.anomaly !== undefined) {
    const { useEncoder, ...fields } = head.anomaly;
    const spec = defined({ channels, ...fields });
    return { kind: 'anomaly', head: spec, ...(useEncoder ? { encoder: configuredEncoder(config, channels) } : {}) };
  }
  const encoder = configuredEncoder(config, front.kind === 'logMel' ? 64 : channels);
  if (head.scene !== undefined)
    return { kind: 'scene', front, encoder, ...defined({ threshold: head.scene.threshold }) };
  return { kind: 'embedding', front, encoder };
}

function configuredEncoder(config: PipelineConfig, inputSize: number): EncoderSpec {
  const { seed, ...rest } = config.encoder ?? { seed: 1, hiddenSize: 32, numLayers: 2, numHeads: 4 };
  return { longformer: { inputSize, ...defined(rest) }, seed };
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out the fields that are undefined. */
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
