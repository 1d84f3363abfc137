import { type CacheNumbers, type CachePrecision, type CacheRows, cacheRows } from '../engine/index.ts';
import { VectorStore } from './vector-store.ts';

/** Keys are worked on in blocks of this many, aligned to absolute positions. */
export const KEY_BLOCK = 32;

/** What the tokens of one layer see around themselves. */
export interface WindowShape {
  readonly heads: number;
  readonly headDim: number;
  /** Keys at and before a token, itself included. */
  readonly window: number;
  /** Keys after a token. */
  readonly lookAhead: number;
  /** Step between keys, one per head. */
  readonly dilation: readonly number[];
}

/**
 * The keys and values of one layer, `[heads, capacity, headDim]` each. Position p lives in slot p mod capacity; a ring
 * for an endless stream holds the span of one token and a block more, one for a finite sequence can hold it all.
 */
export class KeyRing {
  readonly heads: number;
  readonly headDim: number;
  readonly window: number;
  readonly lookAhead: number;
  readonly dilation: Int32Array;
  /** Positions from the oldest key of a token to the token, in the widest head. */
  readonly leftReach: number;
  /** Positions from a token to its latest key, in the widest head: the delay of the layer. */
  readonly rightReach: number;
  readonly capacity: number;
  readonly precision: CachePrecision;
  /** `[capacity]`, 1 where the key is masked. */
  readonly masked: Uint8Array;
  /** How many slots are masked; with none, attention skips looking. */
  maskedSlots = 0;
  /** The latest position stored, −1 before the first. */
  newest = -1;
  readonly #keys: VectorStore;
  readonly #values: VectorStore;

  /**
   * @param length number of positions to hold; default what an endless stream needs
   * @param precision default `float32`
   */
  constructor(shape: WindowShape, length?: number, precision: CachePrecision = 'float32') {
    this.heads = shape.heads;
    this.headDim = shape.headDim;
    this.window = shape.window;
    this.lookAhead = shape.lookAhead;
    this.dilation = Int32Array.from(shape.dilation);
    const widest = Math.max(...shape.dilation);
    this.leftReach = (shape.window - 1) * widest;
    this.rightReach = shape.lookAhead * widest;
    const held = length ?? this.leftReach + this.rightReach + 1 + KEY_BLOCK;
    this.capacity = Math.ceil(held / KEY_BLOCK) * KEY_BLOCK;
    this.precision = precision;
    this.#keys = new VectorStore(precision, this.heads * this.capacity, this.headDim);
    this.#values = new VectorStore(precision, this.heads * this.capacity, this.headDim);
    this.masked = new Uint8Array(this.capacity);
  }

  get byteLength(): number {
    return this.#keys.byteLength + this.#values.byteLength + this.masked.byteLength;
  }

  get keys(): CacheNumbers {
    return this.#keys.numbers;
  }

  get values(): CacheNumbers {
    return this.#values.numbers;
  }

  /** What each key is multiplied by, `[heads, capacity]`; empty with `float32`. */
  get keyScales(): Float32Array {
    return this.#keys.scales;
  }

  /** What each value is multiplied by, `[heads, capacity]`; empty with `float32`. */
  get valueScales(): Float32Array {
    return this.#values.scales;
  }

  /** The oldest position that a later token can still see, or the tokens that are not given out yet. */
  get oldestKept(): number {
    return Math.max(0, this.newest + 1 - this.leftReach - this.rightReach);
  }

  /** Stores the key and value `[heads * headDim]` of the next position, over one that no token reaches any more. */
  store(key: Float32Array, value: Float32Array, masked: 0 | 1): void {
    const { headDim, capacity } = this;
    this.newest += 1;
    const slot = this.newest % capacity;
    for (let head = 0; head < this.heads; head++) {
      this.#keys.put(head * capacity + slot, key, head * headDim);
      this.#values.put(head * capacity + slot, value, head * headDim);
    }
    this.maskedSlots += masked - (this.masked[slot] as number);
    this.masked[slot] = masked;
  }

  /** Copies what is still needed out, `[2, heads, kept, headDim]`, keys first. */
  read(): CacheRows {
    const { heads, headDim, newest, oldestKept } = this;
    const rows = cacheRows(this.precision, { heads, tokens: newest + 1 - oldestKept, headDim });
    this.#walk((store, index, at) => store.read(index, rows, at));
    return rows;
  }

  /** The masks of what {@link read} gives, `[kept]`. */
  readMasked(): Uint8Array {
    const oldest = this.oldestKept;
    return new Uint8Array(this.newest + 1 - oldest).map((_, i) => this.masked[(oldest + i) % this.capacity] as number);
  }

  /**
   * Fills an empty ring with what {@link read} and {@link readMasked} gave when `newest` was the latest position; false
   * when a mask is neither 0 nor 1.
   */
  write(newest: number, rows: CacheRows, masked: Uint8Array): boolean {
    if (masked.some((flag) => flag > 1)) return false;
    this.newest = newest;
    this.#walk((store, index, at) => store.write(index, rows, at));
    const oldest = this.oldestKept;
    masked.forEach((flag, i) => {
      this.masked[(oldest + i) % this.capacity] = flag;
      this.maskedSlots += flag;
    });
    return true;
  }

  copyFrom(other: KeyRing): void {
    this.#keys.copyFrom(other.#keys);
    this.#values.copyFrom(other.#values);
    this.masked.set(other.masked);
    this.maskedSlots = other.maskedSlots;
    this.newest = other.newest;
  }

  /** Visits the keys, then the values, of all heads and positions that are kept: where they are, and their place in rows. */
  #walk(visit: (store: VectorStore, index: number, at: number) => void): void {
    const oldest = this.oldestKept;
    let at = 0;
    for (const store of [this.#keys, this.#values]) {
      for (let head = 0; head < this.heads; head++) {
        for (let position = oldest; position <= this.newest; position++) {
          visit(store, head * this.capacity + (position % this.capacity), at);
          at += 1;
        }
      }
    }
  }
}
