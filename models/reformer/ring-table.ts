import type { KeyTable } from '../kernels/reference/index.ts';

/**
 * Keys and values of the last tokens, `[heads, slots, headDim]` each, with their masks. The token at position p lies in
 * slot p mod slots.
 */
export class RingTable implements KeyTable {
  readonly heads: number;
  readonly headDim: number;
  readonly slots: number;
  readonly keys: Float32Array;
  readonly values: Float32Array;
  /** `[slots]`, 1 where the token is masked. */
  readonly masked: Uint8Array;

  constructor(shape: { readonly heads: number; readonly headDim: number; readonly slots: number }) {
    this.heads = shape.heads;
    this.headDim = shape.headDim;
    this.slots = shape.slots;
    this.keys = new Float32Array(shape.heads * shape.slots * shape.headDim);
    this.values = new Float32Array(this.keys.length);
    this.masked = new Uint8Array(shape.slots);
  }

  get byteLength(): number {
    return this.keys.byteLength + this.values.byteLength + this.masked.byteLength;
  }

  /** Stores the key and value `[heads * headDim]` of a position over those `slots` before it. */
  store(position: number, key: Float32Array, value: Float32Array, masked: 0 | 1): void {
    const { headDim, slots } = this;
    const slot = position % slots;
    for (let head = 0; head < this.heads; head++) {
      const to = (head * slots + slot) * headDim;
      const from = head * headDim;
      for (let c = 0; c < headDim; c++) {
        this.keys[to + c] = key[from + c] as number;
        this.values[to + c] = value[from + c] as number;
      }
    }
    this.masked[slot] = masked;
  }

  /** Keys, values and masks of the tokens before `next` that are held, oldest first. */
  read(next: number): { readonly rows: Float32Array; readonly masked: Uint8Array } {
    const oldest = Math.max(0, next - this.slots);
    const rows = new Float32Array(2 * this.heads * (next - oldest) * this.headDim);
    this.#walk(next, (array, at, row) => rows.set(array.subarray(at, at + this.headDim), row));
    const masked = new Uint8Array(next - oldest).map((_, i) => this.masked[(oldest + i) % this.slots] as number);
    return { rows, masked };
  }

  /** Fills an empty table with what {@link read} gave; false when a mask is neither 0 nor 1. */
  write(next: number, rows: Float32Array, masked: Uint8Array): boolean {
    if (masked.some((flag) => flag > 1)) return false;
    this.#walk(next, (array, at, row) => array.set(rows.subarray(row, row + this.headDim), at));
    const oldest = Math.max(0, next - this.slots);
    masked.forEach((flag, i) => {
      this.masked[(oldest + i) % this.slots] = flag;
    });
    return true;
  }

  copyFrom(other: RingTable): void {
    this.keys.set(other.keys);
    this.values.set(other.values);
    this.masked.set(other.masked);
  }

  #walk(next: number, visit: (array: Float32Array, at: number, row: number) => void): void {
    let row = 0;
    for (const array of [this.keys, this.values]) {
      for (let head = 0; head < this.heads; head++) {
        for (let position = Math.max(0, next - this.slots); position < next; position++) {
          visit(array, (head * this.slots + (position % this.slots)) * this.headDim, row);
          row += this.headDim;
        }
      }
    }
  }
}
