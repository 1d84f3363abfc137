import { createLongformer, type LongformerEncoder, loadModel } from '../../models/index.ts';
import type { EncoderSpec } from './model-spec.ts';

/** Encoders by specification, so that the streams of one worker share weights and a model is read once. */
export class EncoderCache {
  readonly #encoders = new Map<string, Promise<LongformerEncoder>>();

  /** @throws ConfigError, WeightsError, as `createLongformer` and `loadModel`; a later call tries anew then */
  get(spec: EncoderSpec): Promise<LongformerEncoder> {
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

async function makeEncoder(spec: EncoderSpec): Promise<LongformerEncoder> {
  if ('model' in spec) return (await loadModel(spec.model, spec.options)).encoder;
  return createLongformer(spec.longformer, { seed: spec.seed });
}
