import { arithmetic, type SnapshotReader, type SnapshotWriter } from '../../../core/index.ts';

const CAPACITY = 2000;
const MIN_COUNT = 20;
const MAX_RARITY = 10;

/**
 * How rare a value is among the last 2000, as -log10 of its tail: by rank, and above the k-th largest
 * (k = max(5, ⌊N/10⌋)) by an exponential with the mean excess. For heavy tails, where a Gaussian would cry wolf. At most 10;
 * 0 until 20 values are known. O(log N + N) per value, nothing allocated.
 */
export class RankTail {
  readonly #ring = new Float64Array(CAPACITY);
  readonly #sorted = new Float64Array(CAPACITY);
  #count = 0;

  get stateBytes(): number {
    return 2 * CAPACITY * 8;
  }

  push(value: number): number {
    const rarity = this.#rarity(value);
    const held = Math.min(this.#count, CAPACITY);
    const slot = this.#count % CAPACITY;
    let length = held;
    if (held === CAPACITY) {
      const gone = this.#lowerBound(this.#ring[slot] as number, length);
      this.#sorted.copyWithin(gone, gone + 1, length);
      length -= 1;
    }
    const place = this.#lowerBound(value, length);
    this.#sorted.copyWithin(place + 1, place, length);
    this.#sorted[place] = value;
    this.#ring[slot] = value;
    this.#count += 1;
    return rarity;
  }

  save(writer: SnapshotWriter): void {
    writer.float64(this.#count);
    writer.array(this.#ring);
    writer.array(this.#sorted);
  }

  load(reader: SnapshotReader): void {
    this.#count = reader.float64();
    this.#ring.set(reader.float64Array(CAPACITY));
    this.#sorted.set(reader.float64Array(CAPACITY));
  }

  #rarity(value: number): number {
    const n = Math.min(this.#count, CAPACITY);
    if (n < MIN_COUNT) return 0;
    const k = Math.max(5, Math.floor(n / 10));
    const knee = this.#sorted[n - k] as number;
    let tail: number;
    if (value <= knee) {
      tail = (n - this.#lowerBound(value, n) + 1) / (n + 1);
    } else {
      let excess = 0;
      for (let i = n - k; i < n; i++) excess += (this.#sorted[i] as number) - knee;
      const scale = Math.max(excess / k, 1e-12);
      tail = (k / n) * arithmetic.expDouble(-(value - knee) / scale);
    }
    return Math.min(MAX_RARITY, Math.max(0, -arithmetic.logDouble(Math.max(tail, 1e-300)) / Math.LN10));
  }

  /** Index of the first sorted value that is not below `value`. */
  #lowerBound(value: number, length: number): number {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
