import type { LshStats, SnapshotReader, SnapshotWriter } from '../../core/index.ts';
import type { RowBatch } from './row-batch.ts';

/** What one stream remembers in one layer. Made by the layer, and given back to it only. */
export interface LayerState {
  readonly byteLength: number;
  /** Tokens taken in so far. */
  readonly taken: number;
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
  /** Gives the memory back; the state is then of no use. */
  close(): void;
}

/**
 * One layer of a stack. Holds weights and scratch only, so it serves every stream; what a stream remembers is in its
 * {@link LayerState}, found in the entries of a batch at the layer's own index.
 */
export interface StackLayer {
  /** Tokens by which the output of the layer lags its input. */
  readonly delay: number;
  /** An empty state for a stream. */
  open(): LayerState;
  /**
   * Takes the next tokens of the streams of a batch in. The batch then holds the outputs, with their kinds, of the tokens
   * that leave for it: of each stream those `delay` tokens earlier.
   */
  take(batch: RowBatch, layer: number): void;
  /**
   * Fills the empty batch with tokens of a stream that still wait, and lets them leave with the keys that are there: as many
   * as fit. False when none waits.
   */
  drain(batch: RowBatch, layer: number): boolean;
}
