import type { EncoderSize } from './configs.ts';

/**
 * What is compared, see docs/PERFORMANCE.md. `reference` and `wasm`: this package; `onnxruntime-ring` and
 * `onnxruntime-concat`: the same model in onnxruntime with its keys and values in a ring, or concatenated at every call;
 * `tfjs-wasm` and `tfjs-node`: in TensorFlow.js; `recompute`: onnxruntime over the whole window at every call.
 */
export const ENGINE_NAMES = [
  'reference',
  'wasm',
  'onnxruntime-ring',
  'onnxruntime-concat',
  'tfjs-wasm',
  'tfjs-node',
  'recompute',
] as const;

/** One of {@link ENGINE_NAMES}. */
export type EngineName = (typeof ENGINE_NAMES)[number];

/** What one figure is about. */
export interface EncoderCase {
  readonly bench: 'encoder';
  readonly model: 'longformer' | 'reformer';
  readonly config: EncoderSize;
  /** Streams that are pushed to in one call. */
  readonly streams: number;
  /** Tokens of each stream in one call. */
  readonly tokens: number;
  readonly engine: EngineName;
}

/** The price of a token in one case. */
export interface EncoderMeasurement extends EncoderCase {
  /** CPU microseconds per token: the median over the slices. */
  readonly usPerToken: number;
  /** The quickest slice. */
  readonly lowest: number;
  readonly slices: number;
  /** Largest absolute difference from the reference encoder's output, checked before timing. */
  readonly difference: number;
}

/** A case that was not measured, and why. */
export interface EncoderSkip extends EncoderCase {
  readonly skipped: string;
}

/** An engine whose output is not the reference encoder's. */
export interface EncoderFault extends EncoderCase {
  readonly fault: string;
}

/** The read bandwidth of the core, and what it allows at best. */
export interface BandwidthMeasurement {
  readonly bench: 'bandwidth';
  readonly config: EncoderSize;
  /** Size of the buffer that is read again and again: the weights and the caches of one stream. */
  readonly bytes: number;
  /** 10^9 bytes per second of CPU time, the median over the slices. */
  readonly gbPerSecond: number;
  /** Microseconds for reading the buffer once: no token can be cheaper with one stream and one token per call. */
  readonly floorUs: number;
}

/** Two workers with an encoder each, against one. */
export interface WorkersMeasurement {
  readonly bench: 'workers';
  readonly config: EncoderSize;
  readonly engine: EngineName;
  /** Tokens per second of wall-clock time with one worker, and with two together: medians over the rounds. */
  readonly one: number;
  readonly two: number;
  /** Of the two; the median over the rounds. */
  readonly ratio: number;
  /** CPU seconds per second that the process got with two workers: below 2, others had a part of the machine. */
  readonly cores: number;
  /** The ratio if two cores had been all its own: that of the tokens per CPU second, times 2. */
  readonly ratioPerCpu: number;
}

/** What streams cost that are open and mostly idle. */
export interface IdleStreamsMeasurement {
  readonly bench: 'idle-streams';
  readonly config: EncoderSize;
  readonly engine: EngineName;
  readonly streams: number;
  /** Sum of `stats().cacheBytes`. */
  readonly stateBytes: number;
  /** Growth of the resident set, after a collection. */
  readonly residentBytes: number;
  /** Opening a stream, wall-clock milliseconds: the median and the slowest. */
  readonly openMs: number;
  readonly slowestOpenMs: number;
}

/** One line of the results. */
export type EncoderLine =
  | EncoderMeasurement
  | EncoderSkip
  | EncoderFault
  | BandwidthMeasurement
  | WorkersMeasurement
  | IdleStreamsMeasurement;
