/** How many tokens stay visible outside the window. */
export interface PinnedShape {
  readonly heads: number;
  readonly headDim: number;
  /** The first tokens of the stream. */
  readonly sinks: number;
  /** The latest tokens marked global. */
  readonly globals: number;
  /** Delay of the layer: so many newer globals may have come in before a token looks. */
  readonly rightReach: number;
  /** Every token sees every pinned key, also later ones: for a finite sequence. Default false. */
  readonly twoWay?: boolean;
}

/**
 * Keys and values that stay visible to every later token, `[heads, slots, headDim]` each: the first `sinks` tokens of
 * the stream, and a ring of the latest `globals` tokens marked global.
 */
export class PinnedKeys {
  readonly heads: number;
  readonly headDim: number;
  readonly sinks: number;
  readonly globals: number;
  readonly slots: number;
  readonly keys: Float32Array;
  readonly values: Float32Array;
  /** Position of each slot. */
  readonly positions: Float64Array;
  /** `[slots]`, 1 where the key is masked. */
  readonly masked: Uint8Array;
  /** Slots that {@link see} found, oldest first. */
  readonly visible: Int32Array;
  readonly #ring: number;
  readonly #twoWay: boolean;
  #sinkCount = 0;
  #globalCount = 0;

  constructor(shape: PinnedShape) {
    this.heads = shape.heads;
    this.headDim = shape.headDim;
    this.sinks = shape.sinks;
    this.globals = shape.globals;
    this.#twoWay = shape.twoWay ?? false;
    this.#ring = shape.globals === 0 ? 0 : shape.globals + shape.rightReach;
    this.slots = shape.sinks + this.#ring;
    this.keys = new Float32Array(this.heads * this.slots * this.headDim);
    this.values = new Float32Array(this.keys.length);
    this.positions = new Float64Array(this.slots);
    this.masked = new Uint8Array(this.slots);
    this.visible = new Int32Array(shape.sinks + shape.globals);
  }

  get byteLength(): number {
    return this.keys.byteLength + this.values.byteLength + this.positions.byteLength + this.masked.byteLength;
  }

  /** Tokens held at present. */
  get count(): number {
    return this.#sinkCount + Math.min(this.#globalCount, this.globals);
  }

  /** Keeps the key and value `[heads * headDim]` of a token if it is a sink, or global and not a sink. */
  offer(position: number, kind: number, key: Float32Array, value: Float32Array): void {
    if (position < this.sinks) {
      this.#put(this.#sinkCount++, position, kind === 0 ? 1 : 0, key, value);
    } else if (kind === 2 && this.#ring > 0) {
      this.#put(this.sinks + (this.#globalCount++ % this.#ring), position, 0, key, value);
    }
  }

  /** Fills {@link visible} with the slots that the token at `position` sees, and returns how many. */
  see(position: number): number {
    const limit = this.#twoWay ? Number.POSITIVE_INFINITY : position;
    let count = 0;
    while (count < this.#sinkCount && (this.positions[count] as number) <= limit) {
      this.visible[count] = count;
      count += 1;
    }
    let end = this.#globalCount;
    const oldest = Math.max(0, end - this.#ring);
    while (end > oldest && (this.positions[this.#slot(end - 1)] as number) > limit) end -= 1;
    for (let index = Math.max(oldest, end - this.globals); index < end; index++) {
      this.visible[count] = this.#slot(index);
      count += 1;
    }
    return count;
  }

  /** The state as numbers: counts, then positions, masks, keys and values of every slot. */
  read(): { readonly counts: Float64Array; readonly masked: Uint8Array; readonly rows: Float32Array } {
    const counts = new Float64Array(2 + this.slots);
    counts[0] = this.#sinkCount;
    counts[1] = this.#globalCount;
    counts.set(this.positions, 2);
    const rows = new Float32Array(2 * this.keys.length);
    rows.set(this.keys);
    rows.set(this.values, this.keys.length);
    return { counts, masked: this.masked.slice(), rows };
  }

  /** Puts back what {@link read} gave after `taken` tokens; false when it cannot be the state then. */
  write(taken: number, counts: Float64Array, masked: Uint8Array, rows: Float32Array): boolean {
    const [sinkCount = -1, globalCount = -1] = counts;
    const positions = counts.subarray(2);
    const sinks = Math.min(this.sinks, taken);
    const possible = this.#ring === 0 ? 0 : taken - sinks;
    if (sinkCount !== sinks || !Number.isInteger(globalCount) || globalCount < 0 || globalCount > possible)
      return false;
    if (masked.some((flag) => flag > 1)) return false;
    // What a slot has held lies before `taken`; sinks lie in their own slots, globals behind them and in order.
    const isKnown = (position: number): boolean =>
      Number.isInteger(position) && position >= 0 && position < Math.max(1, taken);
    if (!positions.every(isKnown) || positions.subarray(0, sinks).some((position, slot) => position !== slot))
      return false;
    for (let index = Math.max(0, globalCount - this.#ring); index < globalCount; index++) {
      const position = positions[this.#slot(index)] as number;
      const last =
        index === Math.max(0, globalCount - this.#ring) ? this.sinks - 1 : (positions[this.#slot(index - 1)] as number);
      if (position <= last) return false;
    }
    this.#sinkCount = sinkCount;
    this.#globalCount = globalCount;
    this.positions.set(positions);
    this.masked.set(masked);
    this.keys.set(rows.subarray(0, this.keys.length));
    this.values.set(rows.subarray(this.keys.length));
    return true;
  }

  copyFrom(other: PinnedKeys): void {
    this.#sinkCount = other.#sinkCount;
    this.#globalCount = other.#globalCount;
    this.positions.set(other.positions);
    this.masked.set(other.masked);
    this.keys.set(other.keys);
    this.values.set(other.values);
  }

  #slot(index: number): number {
    return this.sinks + (index % this.#ring);
  }

  #put(slot: number, position: number, masked: number, key: Float32Array, value: Float32Array): void {
    const { headDim, slots } = this;
    this.positions[slot] = position;
    this.masked[slot] = masked;
    for (let head = 0; head < this.heads; head++) {
      const to = (head * slots + slot) * headDim;
      const from = head * headDim;
      for (let c = 0; c < headDim; c++) {
        this.keys[to + c] = key[from + c] as number;
        this.values[to + c] = value[from + c] as number;
      }
    }
  }
}
