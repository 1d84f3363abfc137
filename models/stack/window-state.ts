import { SnapshotError, type SnapshotReader, type SnapshotWriter } from '../../core/index.ts';
import type { RowRange, Rows, WindowCache, WindowCacheShape } from '../kernels/index.ts';
import { readCacheRows, writeCacheRows } from './cache-rows-bytes.ts';
import type { LayerState } from './layer.ts';

/** Sizes of a layer's state beyond its window. */
export interface WindowStateShape extends WindowCacheShape {
  /** Width of the row that goes through the layer. */
  readonly rowSize: number;
  /** Most rows of a pass. */
  readonly passRows: number;
}

/** What a waiting token needs later: its row, its scaled query and its kind. */
export interface WaitingRows {
  readonly rows: Rows;
  readonly query: Rows;
  readonly kinds: Uint8Array;
}

/** What one stream remembers in a window layer: keys and values, pinned ones, and the tokens that wait for later keys. */
export class WindowState implements LayerState {
  readonly cache: WindowCache;
  readonly #shape: WindowStateShape;
  readonly #delay: number;
  /** Row and scaled query of waiting tokens, `[places, rowSize + heads * headDim]`, at position mod places; empty when causal. */
  readonly #waiting: Float32Array;
  /** Kinds of waiting tokens, `[places]`. */
  readonly #kinds: Uint8Array;
  /** Position of the next token to leave. */
  next = 0;
  /** Position of the next token to be laid aside. */
  #laid = 0;

  constructor(cache: WindowCache, shape: WindowStateShape) {
    this.cache = cache;
    this.#shape = shape;
    this.#delay = shape.lookAhead * Math.max(...shape.dilation);
    const places = this.#delay === 0 ? 0 : this.#delay + shape.passRows;
    this.#waiting = new Float32Array(places * this.#width);
    this.#kinds = new Uint8Array(places);
  }

  get byteLength(): number {
    return this.cache.byteLength + this.#waiting.byteLength + this.#kinds.byteLength;
  }

  get taken(): number {
    return this.cache.newest + 1;
  }

  get windowFill(): number {
    return Math.min(this.cache.newest + 1, this.#shape.window + this.#shape.lookAhead);
  }

  get pinnedKeys(): number {
    return this.cache.pinnedKeys;
  }

  /** Tokens taken in and not yet given out. */
  get waitingCount(): number {
    return this.cache.newest + 1 - this.next;
  }

  /** Lays the tokens of a range of a pass aside. */
  wait({ rows, query, kinds }: WaitingRows, { from, count }: RowRange): void {
    for (let row = from; row < from + count; row++) {
      const place = this.#laid % this.#kinds.length;
      copy(rows, row, this.#waiting, place * this.#width);
      copy(query, row, this.#waiting, place * this.#width + rows.width);
      this.#kinds[place] = kinds[row] as number;
      this.#laid += 1;
    }
  }

  /** Brings the next tokens to leave back into a range of a pass. */
  recall({ rows, query, kinds }: WaitingRows, { from, count }: RowRange): void {
    for (let i = 0; i < count; i++) {
      const place = (this.next + i) % this.#kinds.length;
      bring(this.#waiting, place * this.#width, rows, from + i);
      bring(this.#waiting, place * this.#width + rows.width, query, from + i);
      kinds[from + i] = this.#kinds[place] as number;
    }
  }

  copyFrom(other: this): void {
    this.cache.copyFrom(other.cache);
    this.#waiting.set(other.#waiting);
    this.#kinds.set(other.#kinds);
    this.next = other.next;
    this.#laid = other.#laid;
  }

  /** The keys and values that later tokens still see, the pinned ones and the waiting tokens, oldest first; where they are follows from the position. */
  write(writer: SnapshotWriter): void {
    const contents = this.cache.read();
    writeCacheRows(writer, contents.rows, this.cache.precision);
    writer.array(contents.masked);
    if (this.#pins) {
      writer.array(contents.pinnedPositions);
      writer.array(contents.pinnedMasked);
      writer.array(contents.pinnedRows);
    }
    if (this.#delay === 0) return;
    const count = this.waitingCount;
    const waiting = new Float32Array(count * this.#width);
    const kinds = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const place = (this.next + i) % this.#kinds.length;
      const at = place * this.#width;
      waiting.set(this.#waiting.subarray(at, at + this.#width), i * this.#width);
      kinds[i] = this.#kinds[place] as number;
    }
    writer.array(waiting);
    writer.array(kinds);
  }

  read(reader: SnapshotReader, taken: number): void {
    const { heads, headDim, window, dilation } = this.#shape;
    const kept = Math.min(taken, (window - 1) * Math.max(...dilation) + this.#delay);
    const rows = readCacheRows(reader, this.cache.precision, { vectors: 2 * heads * kept, headDim });
    const masked = reader.uint8Array(kept);
    const none = {
      pinnedPositions: new Float64Array(0),
      pinnedMasked: new Uint8Array(0),
      pinnedRows: new Float32Array(0),
    };
    const pinned = this.#pins
      ? {
          pinnedPositions: reader.float64Array(),
          pinnedMasked: reader.uint8Array(),
          pinnedRows: reader.float32Array(),
        }
      : none;
    this.next = Math.max(0, taken - this.#delay);
    const holds = this.cache.write(taken, { rows, masked, ...pinned });
    const waits = this.#delay === 0 || this.#readWaiting(reader, taken);
    if (holds && waits) return;
    throw new SnapshotError(
      'SNAPSHOT_CORRUPT',
      'Expected the masks, kinds and pinned keys of a layer to be in their ranges',
    );
  }

  close(): void {
    this.cache.close();
  }

  get #width(): number {
    return this.#shape.rowSize + this.#shape.heads * this.#shape.headDim;
  }

  get #pins(): boolean {
    return this.#shape.sinks + this.#shape.globals > 0;
  }

  #readWaiting(reader: SnapshotReader, taken: number): boolean {
    const count = Math.min(taken, this.#delay);
    const waiting = reader.float32Array(count * this.#width);
    const kinds = reader.uint8Array(count);
    this.#laid = taken;
    for (let i = 0; i < count; i++) {
      const place = (this.next + i) % this.#kinds.length;
      this.#waiting.set(waiting.subarray(i * this.#width, (i + 1) * this.#width), place * this.#width);
      this.#kinds[place] = kinds[i] as number;
    }
    return kinds.every((kind) => kind <= 2);
  }
}

function copy(from: Rows, row: number, to: Float32Array, at: number): void {
  const start = from.offset + row * from.stride;
  for (let c = 0; c < from.width; c++) to[at + c] = from.data[start + c] as number;
}

function bring(from: Float32Array, at: number, to: Rows, row: number): void {
  const start = to.offset + row * to.stride;
  for (let c = 0; c < to.width; c++) to.data[start + c] = from[at + c] as number;
}
