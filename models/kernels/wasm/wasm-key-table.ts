import {
  type CachePrecision,
  type CacheRows,
  type CandidateLists,
  cacheNumberBytes,
  cacheRows,
  type KeyTable,
  type KeyTableShape,
  type RowRange,
  type Rows,
} from '../engine/index.ts';
import type { CandidateRows } from './candidate-rows.ts';
import type { CandidateScratch } from './candidate-scratch.ts';
import type { Kernels } from './kernels.ts';
import type { Block, WasmMemory } from './memory.ts';

/** What the tables of an engine share. */
export interface TableHost {
  readonly cachePrecision: CachePrecision;
  readonly kernels: Kernels;
  /** What the kernels call the precision. */
  readonly precision: number;
  readonly memory: WasmMemory;
  readonly scratch: CandidateScratch;
}

/**
 * A key table in the memory of an engine.
 *
 *     keys    [heads][slots][headDim filled up to 4], each with its scale behind it where they are integers
 *     values  the same
 */
export class WasmKeyTable implements KeyTable {
  readonly #host: TableHost;
  readonly #shape: KeyTableShape;
  readonly #block: Block;
  readonly #vector: number;
  /** From one vector to the next, float32 numbers. */
  readonly #record: number;
  /** Numbers of the precision that one float32 number has room for. */
  readonly #perNumber: number;
  readonly #valuesAt: number;

  constructor(host: TableHost, shape: KeyTableShape) {
    this.#host = host;
    this.#shape = shape;
    this.#vector = Math.ceil(shape.headDim / 4) * 4;
    const { cachePrecision } = host;
    this.#perNumber = 4 / cacheNumberBytes(cachePrecision);
    this.#record = this.#vector / this.#perNumber + (cachePrecision === 'float32' ? 0 : 1);
    const length = shape.heads * shape.slots * this.#record;
    this.#block = host.memory.claim(8 * length, this);
    this.#valuesAt = this.#block.offset + length;
    // Only the fill of float32 has to be zero: the rest is read after it was stored, and never before, and integers are finite.
    if (this.#vector > shape.headDim && cachePrecision === 'float32') {
      host.memory.f32.fill(0, this.#block.offset, this.#block.offset + 2 * length);
    }
  }

  get precision(): CachePrecision {
    return this.#host.cachePrecision;
  }

  get byteLength(): number {
    return this.#block.byteLength;
  }

  store(keys: Rows, values: Rows, { from, count, position }: RowRange & { position: number }): void {
    const { kernels, precision } = this.#host;
    const { heads, headDim, slots } = this.#shape;
    const slot = position % slots;
    const key = keys.offset + from * keys.stride;
    const value = values.offset + from * values.stride;
    kernels.storeTable(precision, this.#block.offset, slots, heads, headDim, key, keys.stride, slot, count);
    kernels.storeTable(precision, this.#valuesAt, slots, heads, headDim, value, values.stride, slot, count);
  }

  attend(query: Rows, out: Rows, { from, count, candidates }: RowRange & { candidates: CandidateLists }): void {
    const { kernels, precision, scratch } = this.#host;
    const { heads, headDim, slots } = this.#shape;
    const lists = candidates as CandidateRows;
    lists.post(from, count);
    const first = from * lists.lists;
    kernels.attendCandidates(
      precision,
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

  read(from: number, to: number): CacheRows {
    const { heads, headDim } = this.#shape;
    const { memory, cachePrecision } = this.#host;
    const rows = cacheRows(cachePrecision, { heads, tokens: to - from, headDim });
    const numbers = memory.cacheNumbers(cachePrecision);
    this.#walk(from, to, (at, scale, row) => {
      rows.numbers.set(numbers.subarray(at, at + headDim), row * headDim);
      if (rows.scales.length > 0) rows.scales[row] = memory.f32[scale] as number;
    });
    return rows;
  }

  write(from: number, to: number, rows: CacheRows): void {
    const { headDim } = this.#shape;
    const { memory, cachePrecision } = this.#host;
    const numbers = memory.cacheNumbers(cachePrecision);
    this.#walk(from, to, (at, scale, row) => {
      numbers.set(rows.numbers.subarray(row * headDim, (row + 1) * headDim), at);
      if (rows.scales.length > 0) memory.f32[scale] = rows.scales[row] as number;
    });
  }

  close(): void {
    this.#host.memory.release(this.#block);
  }

  /**
   * Visits the keys, then the values, of all heads and positions: where channel 0 stands, in numbers of the precision, where the
   * scale, in float32 numbers, and the place in rows.
   */
  #walk(from: number, to: number, visit: (at: number, scale: number, row: number) => void): void {
    const { heads, slots } = this.#shape;
    let row = 0;
    for (const table of [this.#block.offset, this.#valuesAt]) {
      for (let head = 0; head < heads; head++) {
        for (let position = from; position < to; position++) {
          const at = table + (head * slots + (position % slots)) * this.#record;
          visit(at * this.#perNumber, at + this.#record - 1, row);
          row += 1;
        }
      }
    }
  }
}
