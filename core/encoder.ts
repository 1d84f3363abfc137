/** What a stream tells about itself; all fields are cheap to read. */
export interface EncoderStats {
  /** Tokens encoded so far. */
  readonly position: number;
  /** Bytes held for this stream: caches and scratch. */
  readonly cacheBytes: number;
  /** Keys in the window of each layer at present. */
  readonly windowFill: readonly number[];
}

/** The state of one stream inside an encoder. Not shareable: one owner, one caller at a time. */
export interface EncoderStream {
  /** Tokens encoded since the stream was opened or reset. */
  readonly position: number;
  /**
   * Encodes `tokens` `[T, inputSize]` and returns `[T', outputSize]`. Any split of the same tokens into
   * calls gives the same bits. The input is not kept or changed.
   * @throws ShapeError, InputError `VALUE_NOT_FINITE`; the state is then untouched.
   */
  push(tokens: Float32Array): Float32Array;
  /** Ends the stream: returns what look-ahead still owes (nothing when causal). */
  flush(): Float32Array;
  /** As `push`, but the state stays as it was. */
  peek(tokens: Float32Array): Float32Array;
  /** Back to an empty stream. */
  reset(): void;
  /** The whole state as bytes: versioned, checksummed, tied to the model's hash. */
  snapshot(): Uint8Array;
  /** @throws SnapshotError when the bytes are damaged or another model's; the state is then untouched. */
  restore(bytes: Uint8Array): void;
  clone(): EncoderStream;
  /** Releases the caches. Later calls throw StateError `STREAM_CLOSED`; closing twice does nothing. */
  close(): void;
  stats(): EncoderStats;
}

/** An encoder: weights and configuration, immutable and shared by its streams. */
export interface StreamEncoder {
  /** Width of an input token. */
  readonly inputSize: number;
  /** Width of an encoded token. */
  readonly outputSize: number;
  /** Tokens by which the output lags the input; 0 when causal. */
  readonly latencyTokens: number;
  /** Hex digest over configuration and weights. */
  readonly modelHash: string;
  open(): EncoderStream;
  /** Pushes to several streams of this encoder at once; equals pushing to each alone, bit for bit. */
  pushMany(batch: readonly { readonly stream: EncoderStream; readonly tokens: Float32Array }[]): Float32Array[];
}
