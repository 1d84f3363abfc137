import type { LshStats, SnapshotReader, SnapshotWriter } from '../../core/index.ts';

/** What one stream remembers in one layer. Made by the layer, and given back to it only. */
export interface LayerState {
  readonly byteLength: number;
  /** Keys in the window at present. */
  readonly windowFill: number;
  /** Keys outside the window that stay visible. */
  readonly pinnedKeys: number;
  /** What an LSH layer knows of its buckets. */
  lshStats?(): Omit<LshStats, 'layer'>;
  copyFrom(other: LayerState): void;
  write(writer: SnapshotWriter): void;
  /**
   * Fills an empty state from what {@link write} wrote after `taken` tokens.
   * @throws SnapshotError; the state is then of no use
   */
  read(reader: SnapshotReader, taken: number): void;
}

/**
 * One layer of a stack for one token at a time. Holds weights and scratch only, so it serves every stream; what a
 * stream remembers is in its {@link LayerState}.
 */
export interface StackLayer {
  /** Tokens by which the output of the layer lags its input. */
  readonly delay: number;
  /** Kind of the token that left last. */
  readonly leavingKind: number;
  /** An empty state for a stream. */
  open(): LayerState;
  /**
   * Takes the next token of a stream in: its row `x` with its kind. Returns whether a token leaves for it, `delay` tokens
   * earlier than the one taken in; `x` then holds the output of that token, and {@link leavingKind} its kind.
   */
  take(state: LayerState, x: Float32Array, kind: number): boolean;
  /** Lets the next waiting token leave with the keys that are there; false when none waits. */
  drain(state: LayerState, x: Float32Array): boolean;
}
