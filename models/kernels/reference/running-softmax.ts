import { arithmetic } from '../../../core/index.ts';

/** How many queries and heads look, and how wide a head is. */
export interface ReadoutShape {
  readonly queries: number;
  readonly heads: number;
  readonly headDim: number;
}

/** A softmax average that grows by one key and value at a time. */
export interface SoftmaxAverage {
  readonly byteLength: number;
  /** Adds one token: `scores` `[queries, heads]`, −Infinity where masked, and `value` `[heads * headDim]`. */
  add(scores: Float32Array, value: Float32Array): void;
  /** Writes the averages `[queries, heads * headDim]`, zeros where nothing has been added. */
  average(out: Float32Array): void;
  /** The state as arrays, for a snapshot. */
  read(): readonly [Float64Array, Float32Array];
  /** Puts back what `read` gave; false when it cannot be the state of this shape. */
  write(state: readonly [Float64Array, Float32Array]): boolean;
  copyFrom(other: this): void;
}

/**
 * Softmax attention of constant queries over everything added so far, in constant memory: the running maximum, sum of
 * weights and weighted sum of values of each query and head (Milakov and Gimelshein, 2018, section 3). The sums are
 * double, so that the millionth token still counts.
 */
export class RunningSoftmax implements SoftmaxAverage {
  readonly #shape: ReadoutShape;
  readonly #max: Float32Array;
  /** `[rows]` sums of weights, then `[rows, headDim]` weighted sums of values. */
  readonly #sums: Float64Array;
  /** `[2, rows]` */
  readonly #factors: Float32Array;

  constructor(shape: ReadoutShape) {
    this.#shape = shape;
    const rows = shape.queries * shape.heads;
    this.#max = new Float32Array(rows).fill(Number.NEGATIVE_INFINITY);
    this.#sums = new Float64Array(rows * (1 + shape.headDim));
    this.#factors = new Float32Array(2 * rows);
  }

  get byteLength(): number {
    return this.#max.byteLength + this.#sums.byteLength + this.#factors.byteLength;
  }

  add(scores: Float32Array, value: Float32Array): void {
    const { heads, headDim } = this.#shape;
    const rows = this.#max.length;
    const sums = this.#sums;
    joinFactors(this.#max, 0, 1, scores, this.#factors);
    for (let row = 0; row < rows; row++) {
      const keep = this.#factors[row] as number;
      const weight = this.#factors[rows + row] as number;
      sums[row] = (sums[row] as number) * keep + weight;
      const to = rows + row * headDim;
      const from = (row % heads) * headDim;
      for (let c = 0; c < headDim; c++) {
        sums[to + c] = (sums[to + c] as number) * keep + weight * (value[from + c] as number);
      }
    }
  }

  average(out: Float32Array): void {
    const { headDim } = this.#shape;
    const rows = this.#max.length;
    for (let row = 0; row < rows; row++) {
      const sum = this.#sums[row] as number;
      for (let c = 0; c < headDim; c++) {
        out[row * headDim + c] = sum === 0 ? 0 : (this.#sums[rows + row * headDim + c] as number) / sum;
      }
    }
  }

  read(): readonly [Float64Array, Float32Array] {
    return [this.#sums.slice(), this.#max.slice()];
  }

  write([sums, max]: readonly [Float64Array, Float32Array]): boolean {
    if (sums.length !== this.#sums.length || max.length !== this.#max.length) return false;
    this.#sums.set(sums);
    this.#max.set(max);
    return true;
  }

  copyFrom(other: this): void {
    this.#sums.set(other.#sums);
    this.#max.set(other.#max);
  }
}

/**
 * For each row, the maximum at `max[at + row * stride]` takes in the score `others[row]`, and `factors` `[2, rows]` gets
 * e^(maximum before − maximum) and e^(score − maximum): what the sums so far and the new value are multiplied by. A score
 * of −Infinity changes nothing.
 */
export function joinFactors(
  max: Float32Array,
  at: number,
  stride: number,
  others: Float32Array,
  factors: Float32Array,
): void {
  const rows = others.length;
  for (let row = 0; row < rows; row++) {
    const before = max[at + row * stride] as number;
    const score = others[row] as number;
    const joint = Math.max(before, score);
    // −Infinity − −Infinity would be NaN.
    factors[row] = before === joint ? 0 : before - joint;
    factors[rows + row] = score === Number.NEGATIVE_INFINITY ? score : score - joint;
    max[at + row * stride] = joint;
  }
  arithmetic.expAll(factors, 2 * rows);
}
