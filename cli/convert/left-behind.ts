import type { EncoderModel, LoadModelOptions } from '../../models/index.ts';

/** What a directory of Hugging Face has no place for. */
export interface LeftBehind {
  /** In words; empty where it holds the whole model. */
  readonly names: readonly string[];
  /** How the directory is read as the model that was written to it. */
  readonly options: LoadModelOptions;
}

/** Finds what a directory would not keep of a model: of the LSH layers of a Reformer, rotations and the rule of streams. */
export function leftBehind({ encoder }: EncoderModel): LeftBehind {
  if (encoder.family === 'longformer' || encoder.config.lsh === undefined) return { names: [], options: {} };
  const { rule, horizon, depth, fallback, combine } = encoder.config.lsh;
  return {
    names: ['the rotations', `the rule ${rule} with its fields`],
    options: {
      overrides: { lsh: { rule, horizon, depth, fallback, combine } },
      rotations: (layer) => encoder.weights.layers[layer]?.lsh?.rotations as Float32Array,
    },
  };
}
