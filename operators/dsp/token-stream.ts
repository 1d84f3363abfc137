/** Turns samples of one stream into tokens. One owner, one caller at a time. */
export interface TokenStream {
  /** Width of a token. */
  readonly width: number;
  /**
   * Takes samples `[T, channels]` and returns the tokens that they complete, `[T', width]`, fresh. Any split of
   * the same samples into calls gives the same bits.
   * @throws InputError `VALUE_NOT_FINITE`, ShapeError; the state is then untouched.
   */
  push(samples: Float32Array | Float64Array): Float32Array;
  /** Ends the stream: tokens that were held back, `[T', width]`. */
  flush(): Float32Array;
  /** Back to an empty stream. */
  reset(): void;
  /** The whole state as bytes: versioned, checksummed, tied to the options. */
  snapshot(): Uint8Array;
  /** @throws SnapshotError when the bytes are damaged or of other options; the state is then untouched. */
  restore(bytes: Uint8Array): void;
}
