/** Keys are worked on in blocks of this many, aligned to absolute positions. */
export const KEY_BLOCK = 32;

/**
 * The ring of keys and values of one layer, `[heads, capacity, headDim]` each. Position p lives in slot
 * p mod capacity; the capacity is a whole number of blocks, so a block never straddles the seam.
 */
export class KeyValueCache {
  readonly heads: number;
  readonly headDim: number;
  /** Keys that one token sees, itself included. */
  readonly window: number;
  readonly capacity: number;
  readonly keys: Float32Array;
  readonly values: Float32Array;

  constructor(shape: { readonly heads: number; readonly headDim: number; readonly window: number }) {
    this.heads = shape.heads;
    this.headDim = shape.headDim;
    this.window = shape.window;
    this.capacity = (Math.ceil(shape.window / KEY_BLOCK) + 1) * KEY_BLOCK;
    this.keys = new Float32Array(this.heads * this.capacity * this.headDim);
    this.values = new Float32Array(this.keys.length);
  }

  /** Stores the key and value `[heads * headDim]` of a position, over one that no window reaches any more. */
  store(position: number, key: Float32Array, value: Float32Array): void {
    const { headDim, capacity } = this;
    const slot = position % capacity;
    for (let head = 0; head < this.heads; head++) {
      const to = (head * capacity + slot) * headDim;
      const from = head * headDim;
      for (let c = 0; c < headDim; c++) {
        this.keys[to + c] = key[from + c] as number;
        this.values[to + c] = value[from + c] as number;
      }
    }
  }

  /** Copies the rows of positions `from .. to - 1` out, `[2, heads, to - from, headDim]`, keys first. */
  read(from: number, to: number): Float32Array {
    const rows = new Float32Array(2 * this.heads * (to - from) * this.headDim);
    this.#walk(from, to, (source, slotAt, rowAt) => rows.set(source.subarray(slotAt, slotAt + this.headDim), rowAt));
    return rows;
  }

  /** Puts back what {@link read} gave. */
  write(from: number, to: number, rows: Float32Array): void {
    this.#walk(from, to, (target, slotAt, rowAt) => target.set(rows.subarray(rowAt, rowAt + this.headDim), slotAt));
  }

  copyFrom(other: KeyValueCache): void {
    this.keys.set(other.keys);
    this.values.set(other.values);
  }

  #walk(from: number, to: number, visit: (array: Float32Array, slotAt: number, rowAt: number) => void): void {
    let rowAt = 0;
    for (const array of [this.keys, this.values]) {
      for (let head = 0; head < this.heads; head++) {
        for (let position = from; position < to; position++) {
          visit(array, (head * this.capacity + (position % this.capacity)) * this.headDim, rowAt);
          rowAt += this.headDim;
        }
      }
    }
  }
}
