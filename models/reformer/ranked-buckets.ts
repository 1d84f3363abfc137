import type { RecencyShape } from './recency-buckets.ts';

const NONE = -1;

/**
 * The last `horizon` tokens in the order that a stable sort by bucket gives them, without sorting: per head and round a
 * count of each bucket and a chain through it in both directions. A new token is the last of its bucket, so its rank is a
 * sum of counts, and its neighbours in the sorted order are the newest before it and the oldest of the buckets behind.
 * Filing and leaving are O(1); a rank costs O(numBuckets).
 */
export class RankedBuckets {
  readonly shape: RecencyShape;
  /** `[heads, rounds, numBuckets]` */
  readonly #count: Int32Array;
  readonly #newest: Float64Array;
  readonly #oldest: Float64Array;
  /** Bucket of a token and its neighbours there, `[heads, rounds, horizon]` at position mod horizon. */
  readonly #bucket: Int32Array;
  readonly #before: Float64Array;
  readonly #after: Float64Array;

  constructor(shape: RecencyShape) {
    this.shape = shape;
    const tables = shape.heads * shape.rounds;
    this.#count = new Int32Array(tables * shape.numBuckets);
    this.#newest = new Float64Array(this.#count.length).fill(NONE);
    this.#oldest = new Float64Array(this.#count.length).fill(NONE);
    this.#bucket = new Int32Array(tables * shape.horizon).fill(NONE);
    this.#before = new Float64Array(this.#bucket.length).fill(NONE);
    this.#after = new Float64Array(this.#bucket.length).fill(NONE);
  }

  get byteLength(): number {
    const arrays = [this.#count, this.#newest, this.#oldest, this.#bucket, this.#before, this.#after];
    return arrays.reduce((sum, array) => sum + array.byteLength, 0);
  }

  /** Tokens in each bucket, `[heads, rounds, numBuckets]`. */
  get loads(): Int32Array {
    return this.#count.slice();
  }

  /**
   * Files the token at `position` under `buckets` `[heads * rounds]`, or only takes its place when it is masked; the token
   * `horizon` before it leaves.
   */
  file(position: number, buckets: Int32Array, masked: boolean): void {
    const { numBuckets, horizon } = this.shape;
    for (let table = 0; table < buckets.length; table++) {
      const slot = table * horizon + (position % horizon);
      if (position >= horizon) this.#leave(table, slot);
      this.#bucket[slot] = masked ? NONE : (buckets[table] as number);
      if (masked) continue;
      const bucket = table * numBuckets + (buckets[table] as number);
      const last = this.#newest[bucket] as number;
      this.#before[slot] = last;
      this.#after[slot] = NONE;
      if (last === NONE) this.#oldest[bucket] = position;
      else this.#after[table * horizon + (last % horizon)] = position;
      this.#newest[bucket] = position;
      this.#count[bucket] = (this.#count[bucket] as number) + 1;
    }
  }

  /**
   * Writes the positions that a token of `bucket`, not yet filed, sees in one round to `into` from `from` on, and returns
   * how many: its chunk of `chunkLength` sorted positions, `before` chunks before it and `after` behind, itself left out.
   * Nearest first backwards, then nearest first forwards.
   */
  see(
    table: number,
    bucket: number,
    rule: { readonly chunkLength: number; readonly before: number; readonly after: number },
    into: Float64Array,
    from: number,
  ): number {
    const { numBuckets, horizon } = this.shape;
    const first = table * numBuckets;
    let rank = 0;
    for (let b = 0; b <= bucket; b++) rank += this.#count[first + b] as number;
    const chunk = Math.floor(rank / rule.chunkLength);
    let behind = rank - Math.max(0, (chunk - rule.before) * rule.chunkLength);
    let ahead = (chunk + 1 + rule.after) * rule.chunkLength - 1 - rank;
    let count = from;
    for (let b = bucket; b >= 0 && behind > 0; b--) {
      let position = this.#newest[first + b] as number;
      for (; position !== NONE && behind > 0; behind--) {
        into[count++] = position;
        position = this.#before[table * horizon + (position % horizon)] as number;
      }
    }
    for (let b = bucket + 1; b < numBuckets && ahead > 0; b++) {
      let position = this.#oldest[first + b] as number;
      for (; position !== NONE && ahead > 0; ahead--) {
        into[count++] = position;
        position = this.#after[table * horizon + (position % horizon)] as number;
      }
    }
    return count - from;
  }

  /** The bucket of each token of the horizon, for a snapshot; −1 where none is filed. All else follows from it. */
  read(): Int32Array {
    return this.#bucket.slice();
  }

  /** Fills an empty structure from what {@link read} gave before position `next`; false when a bucket is unknown. */
  write(next: number, buckets: Int32Array): boolean {
    const { numBuckets, horizon } = this.shape;
    if (buckets.length !== this.#bucket.length) return false;
    if (!buckets.every((bucket) => bucket >= NONE && bucket < numBuckets)) return false;
    const tables = buckets.length / horizon;
    const row = new Int32Array(tables);
    for (let position = Math.max(0, next - horizon); position < next; position++) {
      for (let table = 0; table < tables; table++)
        row[table] = buckets[table * horizon + (position % horizon)] as number;
      this.#refile(position, row);
    }
    return true;
  }

  copyFrom(other: RankedBuckets): void {
    this.#count.set(other.#count);
    this.#newest.set(other.#newest);
    this.#oldest.set(other.#oldest);
    this.#bucket.set(other.#bucket);
    this.#before.set(other.#before);
    this.#after.set(other.#after);
  }

  #refile(position: number, row: Int32Array): void {
    const masked = row.includes(NONE);
    // Nothing lies in the slot yet, so nothing leaves.
    for (let table = 0; table < row.length; table++) {
      this.#bucket[table * this.shape.horizon + (position % this.shape.horizon)] = NONE;
    }
    this.file(position, row, masked);
  }

  /** Takes the oldest token of its bucket, which lies in `slot`, out. */
  #leave(table: number, slot: number): void {
    const left = this.#bucket[slot] as number;
    if (left === NONE) return;
    const bucket = table * this.shape.numBuckets + left;
    const next = this.#after[slot] as number;
    this.#oldest[bucket] = next;
    this.#count[bucket] = (this.#count[bucket] as number) - 1;
    if (next === NONE) this.#newest[bucket] = NONE;
    else this.#before[table * this.shape.horizon + (next % this.shape.horizon)] = NONE;
  }
}
