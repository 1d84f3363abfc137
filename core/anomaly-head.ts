/** What a head says of a run of rows. All arrays are fresh and belong to the caller. */
export interface AnomalyVerdicts {
  /** `[T]`, each in [0, 1]; 0 while the head is still learning what is ordinary. */
  readonly scores: Float64Array;
  /** `[T, channels]`; NaN where there is no history to expect anything from. */
  readonly expected: Float64Array;
}

/** Judges rows of one stream, strictly causally and in constant memory. */
export interface AnomalyHead {
  readonly channels: number;
  /** A score at or above this is an anomaly. */
  readonly threshold: number;
  /** Rows judged since the head was made or reset. */
  readonly position: number;
  /**
   * Judges `rows` `[T, channels]`. Any split of the same rows into calls gives the same bits.
   * @throws ShapeError, InputError `VALUE_NOT_FINITE`; the state is then untouched.
   */
  push(rows: Float64Array): AnomalyVerdicts;
  reset(): void;
  snapshot(): Uint8Array;
  /** @throws SnapshotError; the state is then untouched. */
  restore(bytes: Uint8Array): void;
  clone(): AnomalyHead;
  /** Bytes held for this stream. */
  readonly stateBytes: number;
}
