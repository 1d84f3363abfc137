import type { Engine, RowRange, Rows } from '../kernels/index.ts';
import type { StreamState } from './stream-state.ts';

/** The rows of one stream in a pass. */
export interface BatchEntry extends RowRange {
  state: StreamState;
}

/** In an entry that is not in use. */
const NOBODY = undefined as unknown as StreamState;

/**
 * The rows that go through a stack together: some tokens of one stream, or of several. A layer changes them in place; one
 * with look-ahead may let fewer leave than came, and puts those of all streams together at the front.
 */
export class RowBatch {
  readonly capacity: number;
  /** `[capacity, rowSize]` */
  readonly rows: Rows;
  /** Kind of each row. */
  readonly kinds: Uint8Array;
  /** The first {@link size} count. */
  readonly entries: readonly BatchEntry[];
  /** Streams of the pass. */
  size = 0;
  /** Rows of the pass. */
  rowCount = 0;

  constructor(engine: Engine, rowSize: number) {
    this.capacity = engine.passRows;
    this.rows = engine.rows(rowSize);
    this.kinds = new Uint8Array(this.capacity);
    this.entries = Array.from({ length: this.capacity }, () => ({ from: 0, count: 0, state: NOBODY }));
  }

  /** Rows that are free. */
  get room(): number {
    return this.capacity - this.rowCount;
  }

  /** Empties the batch, and lets go of the streams that were in it. */
  clear(): void {
    for (let i = 0; i < this.size; i++) (this.entries[i] as BatchEntry).state = NOBODY;
    this.size = 0;
    this.rowCount = 0;
  }

  /** Adds an entry of `count` rows, at most {@link room}; the caller fills them and their kinds. */
  add(state: StreamState, count: number): BatchEntry {
    const entry = this.entries[this.size] as BatchEntry;
    entry.state = state;
    entry.from = this.rowCount;
    entry.count = count;
    this.size += 1;
    this.rowCount += count;
    return entry;
  }
}
