/**
 * A block of float32 rows in the memory of an engine: what the tokens of a pass are at one place of a layer. Column c of row
 * r stands at `data[offset + r * stride + c]`.
 */
export interface Rows {
  /** Most rows. */
  readonly capacity: number;
  /** Columns. */
  readonly width: number;
  /** Numbers from one row to the next, at least `width`. */
  readonly stride: number;
  /** Index of the first number of the first row in {@link data}. */
  readonly offset: number;
  /** The memory that holds the rows. Take it anew after anything was opened: a memory that grows replaces it. */
  readonly data: Float32Array;
  /** The same rows, columns `from` .. `from + width` − 1 only. */
  columns(from: number, width: number): Rows;
}

/** Which rows of a pass belong to one stream. One object serves every pass: nothing is allocated for a token. */
export interface RowRange {
  /** First row. */
  from: number;
  /** Number of rows. */
  count: number;
}
