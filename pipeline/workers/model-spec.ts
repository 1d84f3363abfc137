import type { EngineOptions, LoadModelOptions, LongformerConfig, ReformerConfig } from '../../models/index.ts';

/** Options of `loadModel`, as far as they are plain data and say what to load; a file takes the `overrides` only. */
export type LoadOptions = Omit<LoadModelOptions, 'rotations' | keyof EngineOptions>;

/**
 * An untrained encoder by its configuration and seed, or a model by the path of its file or directory; what it is computed
 * with, which changes no bit, and how its streams store keys and values.
 */
export type EncoderSpec = Pick<EngineOptions, 'engine' | 'cachePrecision'> & WeightsSpec;

type WeightsSpec =
  | { readonly longformer: LongformerConfig; readonly seed: number }
  | { readonly reformer: ReformerConfig; readonly seed: number }
  | {
      /** A file in the single-file form, or a directory of Hugging Face. */
      readonly model: string;
      /** How to load it. */
      readonly options?: LoadOptions;
    };

/** How samples become tokens; `none`: a row is a token as it is, `channels` wide. */
export type FrontSpec =
  | { readonly kind: 'logMel'; readonly sampleRateHz: number }
  | { readonly kind: 'scale'; readonly channels: number; readonly warmupRows: number }
  | { readonly kind: 'none'; readonly channels: number };

/** Options of the anomaly head that a configuration may set. */
export interface AnomalySpec {
  readonly channels: number;
  readonly probationRows?: number;
  readonly tokenRows?: number;
  readonly rowsPerDay?: number;
  readonly threshold?: number;
}

/** Everything that a worker needs to build the model of a stream: plain data, safe to post. */
export type ModelSpec =
  | {
      readonly kind: 'embedding';
      readonly front: FrontSpec;
      readonly encoder: EncoderSpec;
      /** What becomes of an encoder that gives nothing before the end, so that its whole stream is held. Default `refuse`. */
      readonly untilEnd?: 'allow' | 'refuse';
    }
  | { readonly kind: 'scene'; readonly front: FrontSpec; readonly encoder: EncoderSpec; readonly threshold?: number }
  | { readonly kind: 'anomaly'; readonly head: AnomalySpec; readonly encoder?: EncoderSpec };

/** What a model says of one run of samples. The arrays belong to the caller. Rows and scores are named by their own token. */
export type ModelOutput =
  | { readonly kind: 'embedding'; readonly startToken: number; readonly width: number; readonly rows: Float32Array }
  | { readonly kind: 'scene'; readonly startToken: number; readonly threshold: number; readonly scores: Float64Array }
  | {
      readonly kind: 'anomaly';
      readonly startRow: number;
      readonly threshold: number;
      readonly scores: Float64Array;
      readonly expected: Float64Array;
    };

/** Figures of a model's stream. */
export interface ModelStats {
  /** Tokens taken in by the encoder (a look-ahead may still owe some of them), or rows judged where there is no encoder. */
  readonly tokens: number;
  /** Bytes of caches and head state. */
  readonly cacheBytes: number;
  /** CPU milliseconds spent in encoder and head. */
  readonly busyMs: number;
}
