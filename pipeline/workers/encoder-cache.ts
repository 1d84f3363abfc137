import {
  createLongformer,
  createReformer,
  type EncoderModel,
  type EngineOptions,
  loadModel,
} from '../../models/index.ts';
import type { EncoderSpec } from './model-spec.ts';

/** An encoder of any family. */
export type Encoder = EncoderModel['encoder'];

/** Encoders by specification, so that the streams of one worker share weights and a model is read once. */
export class EncoderCache {
  readonly #encoders = new Map<string, Promise<Encoder>>();

  /** @throws ConfigError, WeightsError, as `createLongformer`, `createReformer` and `loadModel`; a later call tries anew then */
  get(spec: EncoderSpec): Promise<Encoder> {
    const key = JSON.stringify(spec);
    let encoder = this.#encoders.get(key);
    if (encoder === undefined) {
      encoder = makeEncoder(spec);
      this.#encoders.set(key, encoder);
      encoder.catch(() => this.#encoders.delete(key));
    }
    return encoder;
  }
}

async function makeEncoder(spec: EncoderSpec): Promise<Encoder> {
  const engine: EngineOptions = {
    ...(spec.engine === undefined ? {} : { engine: spec.engine }),
    ...(spec.cachePrecision === undefined ? {} : { cachePrecision: spec.cachePrecision }),
  };
  if ('model' in spec) return (await loadModel(spec.model, { ...spec.options, ...engine })).encoder;
  const init = { seed: spec.seed };
  return 'reformer' in spec
    ? createReformer(spec.reformer, init, engine)
    : createLongformer(spec.longformer, init, engine);
}
