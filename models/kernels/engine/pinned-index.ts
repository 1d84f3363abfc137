/** How many tokens stay visible outside the window. */
export interface PinnedIndexShape {
  /** The first tokens of the stream. */
  readonly sinks: number;
  /** The latest tokens marked global. */
  readonly globals: number;
  /** Delay of the layer: so many newer globals may have come in before a token looks. */
  readonly rightReach: number;
  /** Tokens that are stored together before the first of them looks, less one. Default 0. */
  readonly ahead?: number;
  /** Every token sees every pinned key, also later ones: for a finite sequence. Default false. */
  readonly twoWay?: boolean;
}

/**
 * Which tokens are pinned, and in which slot of an engine's arrays: the first `sinks` tokens of the stream in slots of their
 * own, and a ring of the latest tokens marked global. Holds positions and masks; keys and values are the engine's.
 */
export class PinnedIndex {
  readonly slots: number;
  /** Position of each slot. */
  readonly positions: Float64Array;
  /** `[slots]`, 1 where the key is masked. */
  readonly masked: Uint8Array;
  /** Slots that {@link see} found, oldest first, `[sinks + globals]`. */
  readonly visible: Int32Array;
  readonly #shape: PinnedIndexShape;
  readonly #ring: number;
  #sinkCount = 0;
  #globalCount = 0;

  constructor(shape: PinnedIndexShape) {
    this.#shape = shape;
    this.#ring = shape.globals === 0 ? 0 : shape.globals + shape.rightReach + (shape.ahead ?? 0);
    this.slots = shape.sinks + this.#ring;
    this.positions = new Float64Array(this.slots);
    this.masked = new Uint8Array(this.slots);
    this.visible = new Int32Array(shape.sinks + shape.globals);
  }

  get byteLength(): number {
    return this.positions.byteLength + this.masked.byteLength;
  }

  /** Tokens held at present that the next token sees. */
  get count(): number {
    return this.#sinkCount + Math.min(this.#globalCount, this.#shape.globals);
  }

  /** The slot for the key of the token at `position` if it is a sink, or global and not a sink; else −1. */
  offer(position: number, kind: number): number {
    if (position < this.#shape.sinks) return this.#put(this.#sinkCount++, position, kind === 0 ? 1 : 0);
    if (kind !== 2 || this.#ring === 0) return -1;
    return this.#put(this.#slot(this.#globalCount++), position, 0);
  }

  /** Fills {@link visible} with the slots that the token at `position` sees, and returns how many. */
  see(position: number): number {
    const limit = this.#shape.twoWay === true ? Number.POSITIVE_INFINITY : position;
    let count = 0;
    while (count < this.#sinkCount && (this.positions[count] as number) <= limit) {
      this.visible[count] = count;
      count += 1;
    }
    let end = this.#globalCount;
    const oldest = Math.max(0, end - this.#ring);
    while (end > oldest && (this.positions[this.#slot(end - 1)] as number) > limit) end -= 1;
    for (let index = Math.max(oldest, end - this.#shape.globals); index < end; index++) {
      this.visible[count] = this.#slot(index);
      count += 1;
    }
    return count;
  }

  /** Slots of the tokens that tokens to come, or such that wait, can see: sinks, then globals, oldest first. */
  held(): Int32Array {
    const { globals, rightReach } = this.#shape;
    const first = this.#sinkCount;
    const kept = Math.min(this.#globalCount, globals === 0 ? 0 : globals + rightReach);
    return new Int32Array(first + kept).map((_, i) =>
      i < first ? i : this.#slot(this.#globalCount - kept + i - first),
    );
  }

  /**
   * Fills an empty index with tokens at `positions` (those of {@link held}, after `taken` tokens), whose keys then belong in
   * the slots of {@link held}; false when they cannot be.
   */
  write(taken: number, positions: Float64Array, masked: Uint8Array): boolean {
    const { sinks, globals, rightReach } = this.#shape;
    const first = Math.min(sinks, taken);
    const kept = positions.length - first;
    if (kept < 0 || kept > (globals === 0 ? 0 : globals + rightReach)) return false;
    if (masked.length !== positions.length || masked.some((flag, i) => flag > (i < first ? 1 : 0))) return false;
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i] as number;
      const least = i < first ? i : Math.max(sinks, i === 0 ? 0 : (positions[i - 1] as number) + 1);
      const most = i < first ? i : taken - 1;
      if (!Number.isInteger(position) || position < least || position > most) return false;
    }
    positions.forEach((position, i) => {
      this.offer(position, i < first ? 1 - (masked[i] as number) : 2);
    });
    return true;
  }

  copyFrom(other: PinnedIndex): void {
    this.#sinkCount = other.#sinkCount;
    this.#globalCount = other.#globalCount;
    this.positions.set(other.positions);
    this.masked.set(other.masked);
  }

  #slot(index: number): number {
    return this.#shape.sinks + (index % this.#ring);
  }

  #put(slot: number, position: number, masked: number): number {
    this.positions[slot] = position;
    this.masked[slot] = masked;
    return slot;
  }
}
