/**
 * What arrived: a run of consecutive samples of one stream. Time is the exact sample index first and
 * event time second, never the wall clock, so gaps, duplicates and overlaps are exact.
 */
export interface Chunk {
  /** Which stream: a file, a Kafka key, a sensor. */
  readonly streamId: string;
  /** Index of the first sample of this chunk in its stream, counted from 0. */
  readonly startSample: number;
  /** Samples per second; 0 where a series has no fixed rate. */
  readonly sampleRateHz: number;
  /** Values per sample: audio channels, or the value columns of a series. */
  readonly channels: number;
  /**
   * `[T, channels]`, row-major. Audio is float32 in [-1, 1]; sensor values stay float64, because a
   * printed value must be the value that was read.
   */
  readonly samples: Float32Array | Float64Array;
  /** Event time of the first sample, in ms since 1970; `undefined` where the source has none. */
  readonly eventTimeMs: number | undefined;
  /** Event time of every sample, `[T]`, where the source gives one for each (CSV, JSON rows). */
  readonly eventTimesMs?: Float64Array;
  /** The time of every sample as the source wrote it, so that results can be joined to it. */
  readonly timeTexts?: readonly string[];
  /**
   * Called once when everything made from this chunk has been taken by the sink. It returns the credit
   * of the back-pressure operator and lets a Kafka source commit. Calling it again does nothing.
   */
  readonly ack?: () => void;
}

/** Number of samples (rows) in a chunk. */
export function chunkLength(chunk: Chunk): number {
  return chunk.samples.length / chunk.channels;
}
