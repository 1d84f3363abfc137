import {
  type CacheNumbers,
  type CachePrecision,
  type CacheRows,
  cacheNumbers,
  largestCacheInteger,
} from '../engine/index.ts';

const f = Math.fround;
/** Added to a float32 below 2^22 and taken off again, it leaves the nearest integer, ties to even. */
const ROUND = 12582912;

/** Vectors `[count, headDim]` in a {@link CachePrecision}: the keys, or the values, of a cache. */
export class VectorStore {
  readonly numbers: CacheNumbers;
  /** Scale of each vector, `[count]`; empty with `float32`. */
  readonly scales: Float32Array;
  readonly #headDim: number;
  /** M of the precision. */
  readonly #largest: number;

  constructor(precision: CachePrecision, count: number, headDim: number) {
    this.numbers = cacheNumbers(precision, count * headDim);
    this.scales = new Float32Array(precision === 'float32' ? 0 : count);
    this.#headDim = headDim;
    this.#largest = largestCacheInteger(precision);
  }

  get byteLength(): number {
    return this.numbers.byteLength + this.scales.byteLength;
  }

  /** Stores the vector that stands in `values` from `from` on. */
  put(index: number, values: Float32Array, from: number): void {
    if (this.scales.length > 0) {
      this.#quantise(index, values, from);
      return;
    }
    const to = index * this.#headDim;
    for (let c = 0; c < this.#headDim; c++) this.numbers[to + c] = values[from + c] as number;
  }

  /** Copies a stored vector to place `at` of `rows`. */
  read(index: number, rows: CacheRows, at: number): void {
    const headDim = this.#headDim;
    rows.numbers.set(this.numbers.subarray(index * headDim, (index + 1) * headDim), at * headDim);
    if (this.scales.length > 0) rows.scales[at] = this.scales[index] as number;
  }

  /** Puts back what {@link read} gave. */
  write(index: number, rows: CacheRows, at: number): void {
    const headDim = this.#headDim;
    this.numbers.set(rows.numbers.subarray(at * headDim, (at + 1) * headDim), index * headDim);
    if (this.scales.length > 0) this.scales[index] = rows.scales[at] as number;
  }

  copyFrom(other: VectorStore): void {
    this.numbers.set(other.numbers);
    this.scales.set(other.scales);
  }

  /** With a scale of 0 all integers are 0; so is that of a number that is NaN or infinite, which the scale then says. */
  #quantise(index: number, values: Float32Array, from: number): void {
    const largest = this.#largest;
    let most = 0;
    for (let c = 0; c < this.#headDim; c++) most = Math.max(most, Math.abs(values[from + c] as number));
    const scale = f(most / largest);
    const divisor = scale === 0 ? Number.POSITIVE_INFINITY : scale;
    const to = index * this.#headDim;
    for (let c = 0; c < this.#headDim; c++) {
      const quotient = Math.max(-largest, Math.min(largest, f((values[from + c] as number) / divisor)));
      this.numbers[to + c] = f(f(quotient + ROUND) - ROUND);
    }
    this.scales[index] = scale;
  }
}
