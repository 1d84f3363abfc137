/**
 * What a token is to the attention of an encoder, one byte per token. 0 `masked`: the frame is invalid, nobody
 * sees it and, on a stream, its own attention is zero. 1 `local`: an ordinary token, the default. 2 `global`: seen by every
 * later token, where the encoder has room for such tokens.
 */
export const TOKEN_KINDS = { masked: 0, local: 1, global: 2 } as const;

/** What an LSH layer of a stream tells about its buckets. */
export interface LshStats {
  /** Index of the layer. */
  readonly layer: number;
  /** Tokens of the horizon in each bucket, `[heads, rounds, numBuckets]`. */
  readonly bucketLoads: Int32Array;
  /** Candidates of a head's query, on average since the stream was opened; a key that counts twice is two. */
  readonly meanCandidates: number;
  /** The most candidates that a head's query had. */
  readonly mostCandidates: number;
  /**
   * Smallest distance of a token's best bucket from its second, in lengths of its vector: how near an assignment came to
   * another one. Below about 1e-5 another order of the sums could file it elsewhere.
   */
  readonly smallestMargin: number;
  /** Tokens that have left the horizon. */
  readonly evictions: number;
}

/** What a stream tells about itself; cheap to read, but for the bucket loads. */
export interface EncoderStats {
  /** Tokens taken in so far. */
  readonly position: number;
  /** Bytes held for this stream: caches and scratch. */
  readonly cacheBytes: number;
  /** Keys in the window of each layer at present. */
  readonly windowFill: readonly number[];
  /** Tokens outside the window that stay visible (sinks and globals), of each layer. */
  readonly pinnedKeys: readonly number[];
  /** Tokens taken in and not yet given out; at most `latencyTokens`. */
  readonly pendingTokens: number;
  /** Of the LSH layers, where there are any. */
  readonly lsh?: readonly LshStats[];
}

/** How {@link EncoderStream.peek} looks ahead. */
export interface PeekOptions {
  /** Kinds of the tokens, as for `push`. */
  readonly kinds?: Uint8Array;
  /** As if the stream ended after the tokens: what `flush` would give comes too. Default false. */
  readonly end?: boolean;
}

/** The state of one stream inside an encoder. Not shareable: one owner, one caller at a time. */
export interface EncoderStream {
  /** Tokens taken in since the stream was opened or reset. */
  readonly position: number;
  /**
   * Encodes `tokens` `[T, inputSize]` and returns `[T', outputSize]`: the rows that are settled by them, in order,
   * `latencyTokens` behind. Any split of the same tokens into calls gives the same bits. The input is not kept or changed.
   * @param kinds `[T]` of {@link TOKEN_KINDS}; default all local. In a masked row a value that is not finite counts as 0.
   * @throws ShapeError; InputError `VALUE_NOT_FINITE`, `TOKEN_INVALID`, `POSITION_EXHAUSTED`; StateError
   *   `STREAM_ENDED`; the state is then untouched.
   */
  push(tokens: Float32Array, kinds?: Uint8Array): Float32Array;
  /**
   * Ends the stream: returns the `latencyTokens` rows that look-ahead still owes, exactly as the offline model gives
   * them at the end of the sequence (nothing when causal). Flushing again gives nothing; pushing needs a `reset` first.
   */
  flush(): Float32Array;
  /** As `push` (and `flush` with `end`), but the state stays as it was. Costs a copy of the caches. */
  peek(tokens: Float32Array, options?: PeekOptions): Float32Array;
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

/** Tokens for one stream of an encoder, see {@link StreamEncoder.pushMany}. */
export interface StreamPush {
  readonly stream: EncoderStream;
  readonly tokens: Float32Array;
  readonly kinds?: Uint8Array;
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
  /**
   * Pushes to several different streams of this encoder at once; equals pushing to each alone, bit for bit. When one entry
   * is refused, no stream has taken anything in.
   */
  pushMany(batch: readonly StreamPush[]): Float32Array[];
}
