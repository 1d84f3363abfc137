/** Sizes of {@link RecencyBuckets}. */
export interface RecencyShape {
  readonly heads: number;
  readonly rounds: number;
  readonly numBuckets: number;
  /** Tokens that are remembered. */
  readonly horizon: number;
}

const NONE = -1;

/**
 * Which of the last `horizon` tokens lie in which bucket, newest first, for each head and round. One chain a bucket:
 * `newest` points to its latest token, `before` of a token's slot to the token that was filed before it. Filing is O(1);
 * a walk stops at the first token that is too old, so tokens that leave the horizon need no work (they are recognised by
 * their position, never by their slot).
 */
export class RecencyBuckets {
  readonly shape: RecencyShape;
  /** Position of the latest token of a bucket, `[heads, rounds, numBuckets]`. */
  readonly #newest: Float64Array;
  /** Position filed in the same bucket before a token, `[heads, rounds, horizon]` at position mod horizon. */
  readonly #before: Float64Array;

  constructor(shape: RecencyShape) {
    this.shape = shape;
    const tables = shape.heads * shape.rounds;
    this.#newest = new Float64Array(tables * shape.numBuckets).fill(NONE);
    this.#before = new Float64Array(tables * shape.horizon).fill(NONE);
  }

  get byteLength(): number {
    return this.#newest.byteLength + this.#before.byteLength;
  }

  /** Files the token at `position` under `buckets` `[heads * rounds]`. */
  file(position: number, buckets: Int32Array): void {
    const { numBuckets, horizon } = this.shape;
    for (let table = 0; table < buckets.length; table++) {
      const bucket = table * numBuckets + (buckets[table] as number);
      this.#before[table * horizon + (position % horizon)] = this.#newest[bucket] as number;
      this.#newest[bucket] = position;
    }
  }

  /** The latest position in a bucket of `table` = head · rounds + round that is at least `oldest`, or −1. */
  newest(table: number, bucket: number, oldest: number): number {
    const position = this.#newest[table * this.shape.numBuckets + bucket] as number;
    return position >= oldest ? position : NONE;
  }

  /** The position before `position` in its bucket that is at least `oldest`, or −1. */
  before(table: number, position: number, oldest: number): number {
    const before = this.#before[table * this.shape.horizon + (position % this.shape.horizon)] as number;
    return before >= oldest ? before : NONE;
  }

  /**
   * Writes the slots (position mod `slots`) of the latest tokens of a bucket that are at least `oldest`, newest first and at
   * most `depth`, to `into` from `from` on, and returns how many.
   */
  collect(
    table: number,
    bucket: number,
    rule: { readonly oldest: number; readonly depth: number; readonly slots: number },
    into: Int32Array,
    from: number,
  ): number {
    const { numBuckets, horizon } = this.shape;
    let position = this.#newest[table * numBuckets + bucket] as number;
    let count = 0;
    while (position >= rule.oldest && count < rule.depth) {
      into[from + count] = position % rule.slots;
      count += 1;
      position = this.#before[table * horizon + (position % horizon)] as number;
    }
    return count;
  }

  /** Tokens of the horizon before `next` in each bucket, `[heads, rounds, numBuckets]`. Cost: all of them. */
  loads(next: number): Int32Array {
    const oldest = Math.max(0, next - this.shape.horizon);
    const loads = new Int32Array(this.#newest.length);
    for (let bucket = 0; bucket < loads.length; bucket++) {
      const table = Math.floor(bucket / this.shape.numBuckets);
      let position = this.newest(table, bucket % this.shape.numBuckets, oldest);
      for (; position !== NONE; position = this.before(table, position, oldest))
        loads[bucket] = (loads[bucket] as number) + 1;
    }
    return loads;
  }

  /** Bucket heads and chains as they are, for a snapshot; stale ones become −1, so that equal states give equal bytes. */
  read(next: number): readonly [Float64Array, Float64Array] {
    const oldest = Math.max(0, next - this.shape.horizon);
    const fresh = (position: number): number => (position >= oldest ? position : NONE);
    return [this.#newest.map(fresh), this.#before.map(fresh)];
  }

  /** Puts back what {@link read} gave; false when a chain would not lead back in time from a token before `next`. */
  write(next: number, newest: Float64Array, before: Float64Array): boolean {
    if (newest.length !== this.#newest.length || before.length !== this.#before.length) return false;
    const { horizon } = this.shape;
    const isBefore = (position: number, limit: number): boolean =>
      position === NONE || (Number.isSafeInteger(position) && position >= 0 && position < limit);
    // The latest position that lies in a slot.
    const held = (slot: number): number => next - 1 - ((next - 1 - slot + horizon) % horizon);
    const chained = before.every((position, i) => isBefore(position, Math.max(0, held(i % horizon))));
    if (!chained || !newest.every((position) => isBefore(position, next))) return false;
    this.#newest.set(newest);
    this.#before.set(before);
    return true;
  }

  copyFrom(other: RecencyBuckets): void {
    this.#newest.set(other.#newest);
    this.#before.set(other.#before);
  }
}
