import { ConfigError } from '../../core/index.ts';
import { reformerOf } from '../config/reformer-schema.ts';
import type { PipelineConfig } from '../config/schema.ts';
import type { EncoderSpec, FrontSpec, LoadOptions, ModelSpec } from '../workers/model-spec.ts';
import { DEFAULT_AUDIO_ENCODER, DEFAULT_AUDIO_FRONT, defaultSeriesEncoder, defaultSeriesFront } from './defaults.ts';
import { readModelInput } from './model-input.ts';

/** What may differ from a stored model's file, of either family. */
type Overrides = NonNullable<LoadOptions['overrides']>;

/** What a stream carries. */
export interface StreamShape {
  readonly kind: 'audio' | 'series';
  /** Channels of a sample, or value columns of a row. */
  readonly channels: number;
}

/** The model that `longwave encode` and `npm start` use for audio. */
export function audioModel(kind: 'embedding' | 'scene'): ModelSpec {
  return { kind, front: DEFAULT_AUDIO_FRONT, encoder: DEFAULT_AUDIO_ENCODER };
}

/** The model that `longwave encode` uses for a series of some value columns. */
export function seriesModel(channels: number): ModelSpec {
  return { kind: 'embedding', front: defaultSeriesFront(channels), encoder: defaultSeriesEncoder(channels) };
}

/**
 * The model of a file or directory, with the front that suits it: `none` for ids and for rows that are embeddings already,
 * else log-mel for audio and `scale` for a series.
 * @throws ConfigError when a model of ids should take audio; WeightsError when the model cannot be read
 */
export async function storedModel(
  path: string,
  stream: StreamShape,
  overrides: Overrides = {},
): Promise<ModelSpec & { readonly kind: 'embedding' }> {
  return { kind: 'embedding', ...(await storedEncoder({ model: path, ...overrides }, stream)) };
}

/**
 * The model of a pipeline file.
 * @throws as {@link storedModel}, where the file names a model
 */
export async function configuredModel(config: PipelineConfig, stream: StreamShape): Promise<ModelSpec> {
  const { head } = config;
  const { channels } = stream;
  if (head.anomaly !== undefined) {
    const { useEncoder, ...fields } = head.anomaly;
    const spec = defined({ channels, ...fields });
    // The head encodes each channel for itself.
    return { kind: 'anomaly', head: spec, ...(useEncoder ? { encoder: configuredEncoder(config, 1) } : {}) };
  }
  const parts = await configuredParts(config, stream);
  if (head.scene !== undefined) return { kind: 'scene', ...parts, ...defined({ threshold: head.scene.threshold }) };
  return { kind: 'embedding', ...parts };
}

interface TokenParts {
  readonly front: FrontSpec;
  readonly encoder: EncoderSpec;
}

async function configuredParts(config: PipelineConfig, stream: StreamShape): Promise<TokenParts> {
  const { channels } = stream;
  const front = configuredFront(config, channels);
  if (config.encoder !== undefined && 'model' in config.encoder) {
    const found = await storedEncoder(config.encoder, stream);
    return { ...found, front: front ?? found.front };
  }
  const chosen = front ?? DEFAULT_AUDIO_FRONT;
  return { front: chosen, encoder: configuredEncoder(config, chosen.kind === 'logMel' ? 64 : channels) };
}

function configuredFront({ front }: PipelineConfig, channels: number): FrontSpec | undefined {
  if (front?.logMel !== undefined) return { kind: 'logMel', ...front.logMel };
  if (front?.scale !== undefined) return { kind: 'scale', channels, ...front.scale };
  return front === undefined ? undefined : { kind: 'none', channels };
}

function configuredEncoder({ encoder }: PipelineConfig, inputSize: number): EncoderSpec {
  if (encoder !== undefined && 'model' in encoder) return storedSpec(encoder);
  if (encoder !== undefined && 'layers' in encoder)
    return { reformer: reformerOf(encoder, inputSize), seed: encoder.seed, ...computedWith(encoder) };
  const { seed, engine, cachePrecision, ...rest } = encoder ?? { seed: 1, hiddenSize: 32, numLayers: 2, numHeads: 4 };
  return { longformer: { inputSize, ...defined(rest) }, seed, ...computedWith({ engine, cachePrecision }) };
}

/** What an encoder is computed with, as a pipeline file has it. */
interface EngineChoice {
  readonly engine?: EncoderSpec['engine'] | undefined;
  readonly cachePrecision?: EncoderSpec['cachePrecision'] | undefined;
}

function computedWith({ engine, cachePrecision }: EngineChoice): Pick<EncoderSpec, 'engine' | 'cachePrecision'> {
  return defined({ engine, cachePrecision });
}

/** A stored model, what is to be changed in it and what it is computed with, as a pipeline file has it. */
type StoredChoice = { readonly model: string } & EngineChoice & {
    readonly [K in keyof Overrides]?: K extends 'lsh' ? object | undefined : Overrides[K] | undefined;
  };

function storedSpec({ model, engine, cachePrecision, ...rest }: StoredChoice, idColumns?: 1 | 2 | 3): EncoderSpec {
  const overrides = defined(rest);
  const options = defined({ idColumns, overrides: Object.keys(overrides).length > 0 ? overrides : undefined });
  return {
    model,
    ...(Object.keys(options).length > 0 ? { options } : {}),
    ...computedWith({ engine, cachePrecision }),
  };
}

async function storedEncoder(choice: StoredChoice, stream: StreamShape): Promise<TokenParts> {
  const { model: path } = choice;
  const { input, isDirectory } = await readModelInput(path);
  const { kind, channels } = stream;
  if (input === 'linear') {
    const front = kind === 'audio' ? DEFAULT_AUDIO_FRONT : defaultSeriesFront(channels);
    return { front, encoder: storedSpec(choice) };
  }
  if (input === 'ids' && kind === 'audio') {
    throw new ConfigError('CONFIG_INVALID', `Expected rows of ids, which the model ${path} takes, got audio`);
  }
  const front: FrontSpec = { kind: 'none', channels };
  const columns = channels === 2 || channels === 3 ? channels : 1;
  return { front, encoder: storedSpec(choice, isDirectory ? columns : undefined) };
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out the fields that are undefined. */
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
