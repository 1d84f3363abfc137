import { OverflowError } from '../../../core/index.ts';
import {
  type Activation,
  type CachePrecision,
  type CandidateLists,
  type Engine,
  type KeyTable,
  type KeyTableShape,
  type LayerNorm,
  type Linear,
  type LshKernel,
  type LshShape,
  type RowMap,
  type Rows,
  rotationShape,
  type WindowCache,
  type WindowCacheShape,
} from '../engine/index.ts';
import { applyActivation } from './activation.ts';
import { normaliseKeys } from './candidate-attention.ts';
import { applyLayerNorm } from './layer-norm.ts';
import { applyLinear } from './linear.ts';
import { LshHash } from './lsh-hash.ts';
import { applyRotary } from './rotary.ts';
import { RowBuffer, readRow, writeRow } from './row-buffer.ts';
import { SlotLists, SlotTable } from './slot-table.ts';
import { WindowRing, WindowScratch } from './window-ring.ts';

const f = Math.fround;

/** The engine in plain TypeScript: the kernels of this folder, row by row. What it gives is what every engine gives. */
export class ReferenceEngine implements Engine {
  readonly name = 'reference';
  readonly passRows: number;
  readonly cachePrecision: CachePrecision;
  /** Scratch vectors by width. */
  readonly #vectors = new Map<number, Float32Array>();
  readonly #tables = new Map<number, Float32Array>();
  readonly #windows = new Map<string, WindowScratch>();
  readonly #lists = new Map<string, SlotLists>();

  /** @param options `cachePrecision`: default `float32` */
  constructor(options: { readonly passRows: number; readonly cachePrecision?: CachePrecision }) {
    this.passRows = options.passRows;
    this.cachePrecision = options.cachePrecision ?? 'float32';
  }

  get memory(): Engine['memory'] {
    return { reservedBytes: 0, usedBytes: 0 };
  }

  rows(width: number): Rows {
    return new RowBuffer(this.passRows, width);
  }

  linear(layer: Linear): RowMap {
    const map = (x: Float32Array, out: Float32Array): void => applyLinear(layer, x, out);
    return new VectorMap(map, new Float32Array(layer.inSize), new Float32Array(layer.outSize));
  }

  layerNorm(norm: LayerNorm): RowMap {
    const map = (x: Float32Array, out: Float32Array): void => applyLayerNorm(norm, x, out);
    return new VectorMap(map, new Float32Array(norm.size), new Float32Array(norm.size));
  }

  activate(name: Activation, x: Rows, count: number): void {
    const vector = this.#vector(x.width);
    for (let row = 0; row < count; row++) {
      readRow(x, row, vector);
      applyActivation(name, vector);
      writeRow(x, row, vector);
    }
  }

  add(x: Rows, y: Rows, count: number): void {
    for (let row = 0; row < count; row++) {
      const to = x.offset + row * x.stride;
      const from = y.offset + row * y.stride;
      for (let c = 0; c < x.width; c++) x.data[to + c] = f((x.data[to + c] as number) + (y.data[from + c] as number));
    }
  }

  scale(x: Rows, factor: number, count: number): void {
    for (let row = 0; row < count; row++) {
      const start = x.offset + row * x.stride;
      for (let at = start; at < start + x.width; at++) x.data[at] = f((x.data[at] as number) * factor);
    }
  }

  divide(x: Rows, divisor: number, count: number): void {
    for (let row = 0; row < count; row++) {
      const start = x.offset + row * x.stride;
      for (let at = start; at < start + x.width; at++) x.data[at] = f((x.data[at] as number) / divisor);
    }
  }

  rotate(x: Rows, tables: Rows, count: number): void {
    const vector = this.#vector(x.width);
    const table = this.#vector(tables.width, this.#tables);
    for (let row = 0; row < count; row++) {
      readRow(x, row, vector);
      readRow(tables, row, table);
      applyRotary(vector, table);
      writeRow(x, row, vector);
    }
  }

  normaliseKeys(x: Rows, out: Rows, { headDim, count }: { readonly headDim: number; count: number }): void {
    const vector = this.#vector(x.width);
    for (let row = 0; row < count; row++) {
      readRow(x, row, vector);
      normaliseKeys(vector, headDim, vector);
      writeRow(out, row, vector);
    }
  }

  openWindow(shape: WindowCacheShape): WindowCache {
    const key = JSON.stringify(shape);
    const scratch = this.#windows.get(key) ?? new WindowScratch(shape);
    this.#windows.set(key, scratch);
    return new WindowRing(shape, this, scratch);
  }

  openTable(shape: KeyTableShape): KeyTable {
    return new SlotTable(shape, this.cachePrecision);
  }

  candidateLists(lists: number, capacity: number): CandidateLists {
    const key = `${lists} × ${capacity}`;
    const room = this.#lists.get(key) ?? this.#makeLists(lists, capacity);
    this.#lists.set(key, room);
    return room;
  }

  lsh(shape: LshShape, rotations: Float32Array): LshKernel {
    return new LshRows(new LshHash(shape, rotations), rotationShape(shape)[0] * shape.headDim);
  }

  #makeLists(lists: number, capacity: number): SlotLists {
    try {
      return new SlotLists({ rows: this.passRows, lists, capacity });
    } catch (cause) {
      throw new OverflowError(
        'MEMORY_EXHAUSTED',
        `Expected lists of ${capacity} candidates for ${lists} heads and ${this.passRows} rows to fit into memory, they do not`,
        { cause },
      );
    }
  }

  /** Scratch of a width. */
  #vector(width: number, vectors = this.#vectors): Float32Array {
    let vector = vectors.get(width);
    if (vector === undefined) {
      vector = new Float32Array(width);
      vectors.set(width, vector);
    }
    return vector;
  }
}

/** A map of vectors, taken row by row. */
class VectorMap implements RowMap {
  readonly #map: (x: Float32Array, out: Float32Array) => void;
  readonly #x: Float32Array;
  readonly #out: Float32Array;

  constructor(map: (x: Float32Array, out: Float32Array) => void, x: Float32Array, out: Float32Array) {
    this.#map = map;
    this.#x = x;
    this.#out = out;
  }

  apply(x: Rows, out: Rows, count: number): void {
    for (let row = 0; row < count; row++) {
      readRow(x, row, this.#x);
      this.#map(this.#x, this.#out);
      writeRow(out, row, this.#out);
    }
  }
}

class LshRows implements LshKernel {
  readonly numBuckets: number;
  readonly #hash: LshHash;
  readonly #vector: Float32Array;
  readonly #buckets: Int32Array;

  constructor(hash: LshHash, width: number) {
    this.#hash = hash;
    this.numBuckets = hash.numBuckets;
    this.#vector = new Float32Array(width);
    this.#buckets = new Int32Array(hash.shape.heads * hash.shape.rounds);
  }

  file(x: Rows, count: number, into: { readonly buckets: Int32Array; readonly margins: Float64Array }): void {
    const tables = this.#buckets.length;
    for (let row = 0; row < count; row++) {
      readRow(x, row, this.#vector);
      this.#hash.smallestMargin = Number.POSITIVE_INFINITY;
      this.#hash.file(this.#vector, this.#buckets);
      for (let table = 0; table < tables; table++) into.buckets[row * tables + table] = this.#buckets[table] as number;
      into.margins[row] = this.#hash.smallestMargin;
    }
  }
}
