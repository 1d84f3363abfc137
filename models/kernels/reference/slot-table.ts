import {
  type CacheNumbers,
  type CachePrecision,
  type CacheRows,
  type CandidateLists,
  cacheRows,
  type KeyTable,
  type KeyTableShape,
  type RowRange,
  type Rows,
} from '../engine/index.ts';
import { CandidateAttention } from './candidate-attention.ts';
import { readRow } from './row-buffer.ts';
import { VectorStore } from './vector-store.ts';

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
  readonly precision: CachePrecision;
  readonly #keys: VectorStore;
  readonly #values: VectorStore;
  readonly #query: Float32Array;
  readonly #out: Float32Array;

  constructor(shape: KeyTableShape, precision: CachePrecision) {
    this.heads = shape.heads;
    this.headDim = shape.headDim;
    this.slots = shape.slots;
    this.precision = precision;
    this.#keys = new VectorStore(precision, shape.heads * shape.slots, shape.headDim);
    this.#values = new VectorStore(precision, shape.heads * shape.slots, shape.headDim);
    this.#query = new Float32Array(shape.heads * shape.headDim);
    this.#out = new Float32Array(this.#query.length);
  }

  get byteLength(): number {
    return this.#keys.byteLength + this.#values.byteLength;
  }

  get keys(): CacheNumbers {
    return this.#keys.numbers;
  }

  get values(): CacheNumbers {
    return this.#values.numbers;
  }

  get keyScales(): Float32Array {
    return this.#keys.scales;
  }

  get valueScales(): Float32Array {
    return this.#values.scales;
  }

  store(keys: Rows, values: Rows, { from, count, position }: RowRange & { position: number }): void {
    for (let i = 0; i < count; i++) {
      const slot = (position + i) % this.slots;
      this.#put(this.#keys, slot, keys, from + i);
      this.#put(this.#values, slot, values, from + i);
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
    this.#keys.copyFrom((other as SlotTable).#keys);
    this.#values.copyFrom((other as SlotTable).#values);
  }

  read(from: number, to: number): CacheRows {
    const rows = cacheRows(this.precision, { heads: this.heads, tokens: to - from, headDim: this.headDim });
    this.#walk(from, to, (store, index, at) => store.read(index, rows, at));
    return rows;
  }

  write(from: number, to: number, rows: CacheRows): void {
    this.#walk(from, to, (store, index, at) => store.write(index, rows, at));
  }

  close(): void {
    // Its arrays go with it.
  }

  #put(store: VectorStore, slot: number, rows: Rows, row: number): void {
    const start = rows.offset + row * rows.stride;
    for (let head = 0; head < this.heads; head++) {
      store.put(head * this.slots + slot, rows.data, start + head * this.headDim);
    }
  }

  #walk(from: number, to: number, visit: (store: VectorStore, index: number, at: number) => void): void {
    let at = 0;
    for (const store of [this.#keys, this.#values]) {
      for (let head = 0; head < this.heads; head++) {
        for (let position = from; position < to; position++) {
          visit(store, head * this.slots + (position % this.slots), at);
          at += 1;
        }
      }
    }
  }
}
