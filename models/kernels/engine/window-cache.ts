import type { CachePrecision, CacheRows } from './cache-precision.ts';
import type { RowRange, Rows } from './rows.ts';

/** What the tokens of one layer see around themselves, and how many stay visible outside that. */
export interface WindowCacheShape {
  readonly heads: number;
  readonly headDim: number;
  /** Keys at and before a token, itself included. */
  readonly window: number;
  /** Keys after a token. */
  readonly lookAhead: number;
  /** Step between keys, one per head. */
  readonly dilation: readonly number[];
  /** The first tokens of a stream, which stay visible. */
  readonly sinks: number;
  /** The latest tokens marked global, which stay visible. */
  readonly globals: number;
}

/** Keys, values and masks of a cache, oldest first: the same arrays whichever engine holds them. */
export interface WindowContents {
  /** Keys, then values, of the positions that later tokens can still see or that wait, `[2, heads, kept, headDim]`. */
  readonly rows: CacheRows;
  /** `[kept]`, 1 where a key is masked. */
  readonly masked: Uint8Array;
  /** Positions of the pinned keys that are held: sinks, then globals, oldest first. */
  readonly pinnedPositions: Float64Array;
  /** `[pinned]`, 1 where masked. */
  readonly pinnedMasked: Uint8Array;
  /** Keys, then values, of the pinned keys, `[2, heads, pinned, headDim]`; float32 in every precision. */
  readonly pinnedRows: Float32Array;
}

/** The keys and values of one stream in one window layer. */
export interface WindowCache {
  /** How keys and values of the window are stored; the pinned ones stay float32. */
  readonly precision: CachePrecision;
  /** Bytes held. */
  readonly byteLength: number;
  /** The latest position stored, −1 before the first. */
  readonly newest: number;
  /** Keys outside the window that stay visible, at present. */
  readonly pinnedKeys: number;
  /**
   * Stores the keys and values `[heads * headDim]` of the next positions, over some that no token reaches any more: at most
   * as many as a pass has rows. `kinds` (of `TOKEN_KINDS`) has one byte for each row of the pass.
   */
  store(keys: Rows, values: Rows, tokens: RowRange & { kinds: Uint8Array }): void;
  /**
   * Attention of the tokens at `position` and after, whose keys are all stored. Queries `[heads * headDim]` are scaled
   * already; writes rows of the same range of `out`. A masked token's row is of no use.
   */
  attend(query: Rows, out: Rows, queries: RowRange & { position: number }): void;
  copyFrom(other: WindowCache): void;
  /** What later tokens need, for a snapshot. */
  read(): WindowContents;
  /**
   * Fills an empty cache with what {@link read} gave after `taken` tokens; false when it cannot be the state then.
   * The caller has checked `rows` and the length of `masked`.
   */
  write(taken: number, contents: WindowContents): boolean;
  /** Gives the memory back; the cache is then of no use. */
  close(): void;
}
