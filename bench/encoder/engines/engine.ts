import type { LongformerEncoder, ReformerEncoder } from '../../../models/index.ts';
import type { Batch } from '../batch.ts';
import type { EncoderSize } from '../configs.ts';
import type { EngineName } from '../measurement.ts';

/** A model that is measured: the reference encoder, whose weights and outputs all engines share. */
export type BenchModel = {
  readonly size: EncoderSize;
  /** Tokens after which the state of a stream is full. */
  readonly reach: number;
} & (
  | { readonly family: 'longformer'; readonly encoder: LongformerEncoder }
  | { readonly family: 'reformer'; readonly encoder: ReformerEncoder }
);

/** A model with the Longformer's sliding window. */
export type LongformerModel = Extract<BenchModel, { readonly family: 'longformer' }>;

/** How an engine will be called. */
export interface SessionShape {
  readonly streams: number;
  /** Every number of tokens per call that will come. */
  readonly tokens: readonly number[];
}

/** Streams of one engine, side by side, each with a full state. */
export interface EngineSession {
  /** Takes one call's tokens. This is what is timed. */
  step(batch: Batch): void | Promise<void>;
  /** What the last call gave for a stream, `[tokens, hiddenSize]`. */
  encodings(stream: number): Float32Array;
  close(): void | Promise<void>;
}

/** Tolerance of engines that add in another order, or use other polynomials. */
export const OTHER_ARITHMETIC = 1e-4;

/** An engine that can be measured. */
export interface Engine {
  readonly name: EngineName;
  readonly families: readonly BenchModel['family'][];
  /** How the encodings come about: from caches, or by running over the last window alone. */
  readonly sees: 'stream' | 'window';
  /** Largest absolute difference from the reference encoder that counts as the same model. */
  readonly tolerance: number;
  /** Bytes that `streams` open streams take, roughly. */
  bytes(model: BenchModel, streams: number): number;
  /** Why it cannot run so many streams, or undefined. */
  refuses?(model: BenchModel, streams: number): string | undefined;
  open(model: BenchModel, shape: SessionShape): Promise<EngineSession>;
}

/** An engine, or the reason why it is not there. */
export type EngineEntry = { readonly engine: Engine } | { readonly name: EngineName; readonly missing: string };

/** Bytes of the keys and values of one stream, float32. */
export function cacheBytes(model: BenchModel): number {
  if (model.family === 'longformer') {
    const { window, hiddenSize } = model.encoder.config;
    return 8 * hiddenSize * window.reduce((sum, one) => sum + one, 0);
  }
  const { hiddenSize, layers } = model.encoder.config;
  return 8 * hiddenSize * layers.length * model.reach;
}
