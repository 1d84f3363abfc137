import type { Rows } from '../engine/index.ts';

/** Rows in an array of their own, or some columns of such. */
export class RowBuffer implements Rows {
  readonly capacity: number;
  readonly width: number;
  readonly stride: number;
  readonly offset: number;
  readonly data: Float32Array;

  constructor(capacity: number, width: number, within?: { readonly rows: Rows; readonly from: number }) {
    this.capacity = capacity;
    this.width = width;
    this.stride = within?.rows.stride ?? width;
    this.offset = (within?.rows.offset ?? 0) + (within?.from ?? 0);
    this.data = within?.rows.data ?? new Float32Array(capacity * width);
  }

  columns(from: number, width: number): Rows {
    return new RowBuffer(this.capacity, width, { rows: this, from });
  }
}

/** Copies row `row` of `rows` into `into` `[width]`. */
export function readRow(rows: Rows, row: number, into: Float32Array): void {
  const { data } = rows;
  const from = rows.offset + row * rows.stride;
  for (let c = 0; c < into.length; c++) into[c] = data[from + c] as number;
}

/** Copies `values` `[width]` into row `row` of `rows`. */
export function writeRow(rows: Rows, row: number, values: Float32Array): void {
  const { data } = rows;
  const to = rows.offset + row * rows.stride;
  for (let c = 0; c < values.length; c++) data[to + c] = values[c] as number;
}
