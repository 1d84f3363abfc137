import { PinnedIndex, type PinnedIndexShape } from '../engine/index.ts';

/** Sizes of {@link PinnedKeys}. */
export interface PinnedShape extends PinnedIndexShape {
  readonly heads: number;
  readonly headDim: number;
}

/** What {@link PinnedKeys.read} gives: of the tokens that are held, oldest first. */
export interface PinnedContents {
  /** `[pinned]` */
  readonly positions: Float64Array;
  /** `[pinned]`, 1 where masked. */
  readonly masked: Uint8Array;
  /** Keys, then values, `[2, heads, pinned, headDim]`. */
  readonly rows: Float32Array;
}

/** Keys and values that stay visible to every later token, `[heads, slots, headDim]` each; which, says the index. */
export class PinnedKeys {
  readonly heads: number;
  readonly headDim: number;
  readonly slots: number;
  readonly keys: Float32Array;
  readonly values: Float32Array;
  /** Position of each slot. */
  readonly positions: Float64Array;
  /** `[slots]`, 1 where the key is masked. */
  readonly masked: Uint8Array;
  /** Slots that {@link see} found, oldest first. */
  readonly visible: Int32Array;
  readonly #index: PinnedIndex;

  constructor(shape: PinnedShape) {
    const index = new PinnedIndex(shape);
    this.heads = shape.heads;
    this.headDim = shape.headDim;
    this.slots = index.slots;
    this.keys = new Float32Array(this.heads * this.slots * this.headDim);
    this.values = new Float32Array(this.keys.length);
    this.positions = index.positions;
    this.masked = index.masked;
    this.visible = index.visible;
    this.#index = index;
  }

  get byteLength(): number {
    return this.keys.byteLength + this.values.byteLength + this.#index.byteLength;
  }

  /** Tokens held at present that the next token sees. */
  get count(): number {
    return this.#index.count;
  }

  /** Keeps the key and value `[heads * headDim]` of a token if it is a sink, or global and not a sink. */
  offer(position: number, kind: number, key: Float32Array, value: Float32Array): void {
    const slot = this.#index.offer(position, kind);
    if (slot < 0) return;
    const { headDim, slots } = this;
    for (let head = 0; head < this.heads; head++) {
      const to = (head * slots + slot) * headDim;
      const from = head * headDim;
      for (let c = 0; c < headDim; c++) {
        this.keys[to + c] = key[from + c] as number;
        this.values[to + c] = value[from + c] as number;
      }
    }
  }

  /** Fills {@link visible} with the slots that the token at `position` sees, and returns how many. */
  see(position: number): number {
    return this.#index.see(position);
  }

  /** The state as numbers. */
  read(): PinnedContents {
    const held = this.#index.held();
    const rows = new Float32Array(2 * this.heads * held.length * this.headDim);
    this.#walk(held, (array, slotAt, rowAt) => rows.set(array.subarray(slotAt, slotAt + this.headDim), rowAt));
    return {
      positions: Float64Array.from(held, (slot) => this.positions[slot] as number),
      masked: Uint8Array.from(held, (slot) => this.masked[slot] as number),
      rows,
    };
  }

  /** Fills empty pinned keys with what {@link read} gave after `taken` tokens; false when it cannot be the state then. */
  write(taken: number, { positions, masked, rows }: PinnedContents): boolean {
    if (rows.length !== 2 * this.heads * positions.length * this.headDim) return false;
    if (!this.#index.write(taken, positions, masked)) return false;
    this.#walk(this.#index.held(), (array, slotAt, rowAt) =>
      array.set(rows.subarray(rowAt, rowAt + this.headDim), slotAt),
    );
    return true;
  }

  copyFrom(other: PinnedKeys): void {
    this.#index.copyFrom(other.#index);
    this.keys.set(other.keys);
    this.values.set(other.values);
  }

  #walk(held: Int32Array, visit: (array: Float32Array, slotAt: number, rowAt: number) => void): void {
    let rowAt = 0;
    for (const array of [this.keys, this.values]) {
      for (let head = 0; head < this.heads; head++) {
        for (const slot of held) {
          visit(array, (head * this.slots + slot) * this.headDim, rowAt);
          rowAt += this.headDim;
        }
      }
    }
  }
}
