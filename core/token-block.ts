/** Tokens made by operators: consecutive rows of one stream, ready for an encoder. */
export interface TokenBlock {
  readonly streamId: string;
  /** Index of the first token in its stream, counted from 0. */
  readonly startToken: number;
  /** `[T, width]`, row-major. */
  readonly tokens: Float32Array;
  readonly width: number;
  /** Sample index at which token 0 of the *stream* begins; token i begins at `originSample + i * hopSamples`. */
  readonly originSample: number;
  /** Distance of two tokens in samples. */
  readonly hopSamples: number;
  /** Samples that one token looks at. */
  readonly frameSamples: number;
  readonly sampleRateHz: number;
  /** Event time of sample 0 of the stream in ms, where known. */
  readonly originTimeMs: number | undefined;
  /** See {@link Chunk.ack}. */
  readonly ack?: () => void;
}

/** Encoded tokens of one stream: row i belongs to token `startToken + i`. */
export interface EncodingBlock {
  readonly streamId: string;
  /** Index of the first token encoded here, the encoder's latency accounted for. */
  readonly startToken: number;
  /** `[T, width]`, row-major. */
  readonly encodings: Float32Array;
  readonly width: number;
  /** Sample index at which each row's token begins, `[T]`. */
  readonly startSamples: Float64Array;
  readonly sampleRateHz: number;
  /** See {@link Chunk.ack}. */
  readonly ack?: () => void;
}
