import type { CandidateLists, KeyTable, KeyTableShape, RowRange, Rows } from '../engine/index.ts';
import { CandidateAttention } from './candidate-attention.ts';
import { readRow } from './row-buffer.ts';

/** Candidate lists in arrays of their own. */
export class SlotLists implements CandidateLists {
  readonly lists: number;
  readonly capacity: number;
  readonly offset = 0;
  readonly slots: Int32Array;
  readonly counts: Int32Array;
  /** What attends to the lists; scratch. */
  readonly attention: CandidateAttention;

  constructor(shape: { readonly rows: number; readonly lists: number; readonly capacity: number }) {
    this.lists = shape.lists;
    this.capacity = shape.capacity;
    this.slots = new Int32Array(shape.rows * shape.lists * shape.capacity);
    this.counts = new Int32Array(shape.rows * shape.lists);
    this.attention = new CandidateAttention(shape.capacity);
  }
}

/** A key table of the reference engine: keys and values `[heads, slots, headDim]` each. */
export class SlotTable implements KeyTable {
  readonly heads: number;
  readonly headDim: number;
  readonly slots: number;
  readonly keys: Float32Array;
  readonly values: Float32Array;
  readonly #query: Float32Array;
  readonly #out: Float32Array;

  constructor(shape: KeyTableShape) {
    this.heads = shape.heads;
    this.headDim = shape.headDim;
    this.slots = shape.slots;
    this.keys = new Float32Array(shape.heads * shape.slots * shape.headDim);
    this.values = new Float32Array(this.keys.length);
    this.#query = new Float32Array(shape.heads * shape.headDim);
    this.#out = new Float32Array(this.#query.length);
  }

  get byteLength(): number {
    return this.keys.byteLength + this.values.byteLength;
  }

  store(keys: Rows, values: Rows, { from, count, position }: RowRange & { position: number }): void {
    for (let i = 0; i < count; i++) {
      const slot = (position + i) % this.slots;
      this.#put(this.keys, slot, keys, from + i);
      this.#put(this.values, slot, values, from + i);
    }
  }

  attend(query: Rows, out: Rows, { from, count, candidates }: RowRange & { candidates: CandidateLists }): void {
    const { lists, capacity, offset, slots, counts } = candidates;
    const { attention } = candidates as SlotLists;
    for (let row = from; row < from + count; row++) {
      readRow(query, row, this.#query);
      for (let head = 0; head < this.heads; head++) {
        const list = row * lists + (lists === 1 ? 0 : head);
        const length = counts[list] as number;
        if (length === 0) continue;
        for (let i = 0; i < length; i++) attention.list[i] = slots[offset + list * capacity + i] as number;
        attention.apply(this, head, length, this.#query, this.#out);
        const to = out.offset + row * out.stride;
        for (let c = head * this.headDim; c < (head + 1) * this.headDim; c++) out.data[to + c] = this.#out[c] as number;
      }
    }
  }

  copyFrom(other: KeyTable): void {
    const { keys, values } = other as SlotTable;
    this.keys.set(keys);
    this.values.set(values);
  }

  read(from: number, to: number): Float32Array {
    const rows = new Float32Array(2 * this.heads * (to - from) * this.headDim);
    this.#walk(from, to, (array, at, row) => rows.set(array.subarray(at, at + this.headDim), row));
    return rows;
  }

  write(from: number, to: number, rows: Float32Array): void {
    this.#walk(from, to, (array, at, row) => array.set(rows.subarray(row, row + this.headDim), at));
  }

  close(): void {
    // Its arrays go with it.
  }

  #put(array: Float32Array, slot: number, rows: Rows, row: number): void {
    const { headDim, slots } = this;
    const start = rows.offset + row * rows.stride;
    for (let head = 0; head < this.heads; head++) {
      const to = (head * slots + slot) * headDim;
      for (let c = 0; c < headDim; c++) array[to + c] = rows.data[start + head * headDim + c] as number;
    }
  }

  #walk(from: number, to: number, visit: (array: Float32Array, at: number, row: number) => void): void {
    let row = 0;
    for (const array of [this.keys, this.values]) {
      for (let head = 0; head < this.heads; head++) {
        for (let position = from; position < to; position++) {
          visit(array, (head * this.slots + (position % this.slots)) * this.headDim, row);
          row += this.headDim;
        }
      }
    }
  }
}
