import type { CachePrecision, CacheRows } from './cache-precision.ts';
import type { RowRange, Rows } from './rows.ts';

/** Sizes of a {@link KeyTable}. */
export interface KeyTableShape {
  readonly heads: number;
  readonly headDim: number;
  readonly slots: number;
}

/**
 * Lists of slots that tokens of a pass attend to, in any number and order; a slot that is listed twice counts twice. List l
 * of row r is `slots[offset + (r * lists + l) * capacity + i]`, i < `counts[r * lists + l]`.
 */
export interface CandidateLists {
  /** Lists of a row: one per head, or one that all heads share. */
  readonly lists: number;
  /** Most slots of a list. */
  readonly capacity: number;
  /** Index of the first slot of the first list in {@link slots}. */
  readonly offset: number;
  /** The memory that holds the slots. Take it anew after anything was opened. */
  readonly slots: Int32Array;
  /** `[rows, lists]` */
  readonly counts: Int32Array;
}

/** Keys and values of one stream by slot: the token at position p lies in slot p mod slots. */
export interface KeyTable {
  /** How keys and values are stored. */
  readonly precision: CachePrecision;
  readonly byteLength: number;
  /** Stores the keys and values `[heads * headDim]` of the tokens from `position` on. */
  store(keys: Rows, values: Rows, tokens: RowRange & { position: number }): void;
  /**
   * Softmax attention of rows over their lists; the scale, if any, is in the keys. Writes the heads of rows whose list is not
   * empty to `out`, leaves the others alone.
   */
  attend(query: Rows, out: Rows, queries: RowRange & { candidates: CandidateLists }): void;
  copyFrom(other: KeyTable): void;
  /** Keys, then values, of the tokens `from` .. `to` − 1, `[2, heads, to − from, headDim]`. */
  read(from: number, to: number): CacheRows;
  /** Puts back what {@link read} gave. */
  write(from: number, to: number, rows: CacheRows): void;
  close(): void;
}
