import type { CandidateLists, KeyTable, KeyTableShape, RowRange, Rows } from '../engine/index.ts';
import type { CandidateRows } from './candidate-rows.ts';
import type { CandidateScratch } from './candidate-scratch.ts';
import type { Kernels } from './kernels.ts';
import type { Block, WasmMemory } from './memory.ts';

/** What the tables of an engine share. */
export interface TableHost {
  readonly kernels: Kernels;
  readonly memory: WasmMemory;
  readonly scratch: CandidateScratch;
}

/**
 * A key table in the memory of an engine.
 *
 *     keys    [heads][slots][headDim filled up to 4]
 *     values  [heads][slots][headDim filled up to 4]
 */
export class WasmKeyTable implements KeyTable {
  readonly #host: TableHost;
  readonly #shape: KeyTableShape;
  readonly #block: Block;
  readonly #vector: number;
  readonly #valuesAt: number;

  constructor(host: TableHost, shape: KeyTableShape) {
    this.#host = host;
    this.#shape = shape;
    this.#vector = Math.ceil(shape.headDim / 4) * 4;
    const length = shape.heads * shape.slots * this.#vector;
    this.#block = host.memory.claim(8 * length, this);
    this.#valuesAt = this.#block.offset + length;
    // Only the fill has to be zero: the rest is read after it was stored, and never before.
    if (this.#vector > shape.headDim) {
      host.memory.f32.fill(0, this.#block.offset, this.#block.offset + 2 * length);
    }
  }

  get byteLength(): number {
    return this.#block.byteLength;
  }

  store(keys: Rows, values: Rows, { from, count, position }: RowRange & { position: number }): void {
    const { kernels } = this.#host;
    const { heads, headDim, slots } = this.#shape;
    const slot = position % slots;
    const key = keys.offset + from * keys.stride;
    const value = values.offset + from * values.stride;
    kernels.storeTable(this.#block.offset, slots, heads, headDim, key, keys.stride, slot, count);
    kernels.storeTable(this.#valuesAt, slots, heads, headDim, value, values.stride, slot, count);
  }

  attend(query: Rows, out: Rows, { from, count, candidates }: RowRange & { candidates: CandidateLists }): void {
    const { kernels, scratch } = this.#host;
    const { heads, headDim, slots } = this.#shape;
    const lists = candidates as CandidateRows;
    lists.post(from, count);
    const first = from * lists.lists;
    kernels.attendCandidates(
      this.#block.offset,
      this.#valuesAt,
      slots,
      heads,
      headDim,
      query.offset + from * query.stride,
      query.stride,
      out.offset + from * out.stride,
      out.stride,
      count,
      lists.offset + first * lists.capacity,
      lists.lists,
      lists.capacity,
      lists.countsOffset + first,
      scratch.offset,
    );
  }

  copyFrom(other: KeyTable): void {
    const { offset, byteLength } = (other as WasmKeyTable).#block;
    this.#host.memory.f32.copyWithin(this.#block.offset, offset, offset + byteLength / 4);
  }

  read(from: number, to: number): Float32Array {
    const { heads, headDim } = this.#shape;
    const rows = new Float32Array(2 * heads * (to - from) * headDim);
    const { f32 } = this.#host.memory;
    this.#walk(from, to, (at, row) => rows.set(f32.subarray(at, at + headDim), row));
    return rows;
  }

  write(from: number, to: number, rows: Float32Array): void {
    const { headDim } = this.#shape;
    const { f32 } = this.#host.memory;
    this.#walk(from, to, (at, row) => f32.set(rows.subarray(row, row + headDim), at));
  }

  close(): void {
    this.#host.memory.release(this.#block);
  }

  #walk(from: number, to: number, visit: (at: number, row: number) => void): void {
    const { heads, headDim, slots } = this.#shape;
    let row = 0;
    for (const table of [this.#block.offset, this.#valuesAt]) {
      for (let head = 0; head < heads; head++) {
        for (let position = from; position < to; position++) {
          visit(table + (head * slots + (position % slots)) * this.#vector, row);
          row += headDim;
        }
      }
    }
  }
}
