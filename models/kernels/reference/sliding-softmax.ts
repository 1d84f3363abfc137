import { joinFactors, type ReadoutShape, type SoftmaxAverage } from './running-softmax.ts';

/**
 * Softmax attention of constant queries over the last `span` tokens, by two stacks: new tokens go on the back stack,
 * which keeps one running sum; the front stack keeps, for each of its tokens, the sum from there to its newest, and gives
 * its oldest away when the span is full. When it is empty the back stack is turned over into it. So a token costs O(1)
 * merges on average (O(span) when the stacks turn), and nothing is ever subtracted, which would lose all precision
 * (two-stack aggregation: Tangwongsan, Hirzel and Schneider, 2017).
 *
 * A sum of a row is laid out as [max, Σ weight, Σ weight · value]; it is formed in double precision and kept in float32.
 */
export class SlidingSoftmax implements SoftmaxAverage {
  readonly #shape: ReadoutShape;
  readonly #span: number;
  readonly #rows: number;
  /** Numbers of one sum of all rows. */
  readonly #width: number;
  readonly #backScores: Float32Array;
  readonly #backValues: Float32Array;
  readonly #backSum: Float32Array;
  /** Entry i is the sum of the front tokens i, i − 1, …, 0; entry 0 is the newest. */
  readonly #front: Float32Array;
  readonly #joined: Float32Array;
  readonly #factors: Float32Array;
  /** One score a row. */
  readonly #scores: Float32Array;
  #backCount = 0;
  #frontCount = 0;

  constructor(shape: ReadoutShape, span: number) {
    this.#shape = shape;
    this.#span = span;
    this.#rows = shape.queries * shape.heads;
    this.#width = this.#rows * (2 + shape.headDim);
    this.#backScores = new Float32Array(span * this.#rows);
    this.#backValues = new Float32Array(span * shape.heads * shape.headDim);
    this.#backSum = new Float32Array(this.#width);
    this.#front = new Float32Array(span * this.#width);
    this.#joined = new Float32Array(this.#width);
    this.#factors = new Float32Array(2 * this.#rows);
    this.#scores = new Float32Array(this.#rows);
    this.#clear(this.#backSum, 0);
  }

  get byteLength(): number {
    return (
      this.#backScores.byteLength +
      this.#backValues.byteLength +
      this.#backSum.byteLength +
      this.#front.byteLength +
      this.#joined.byteLength
    );
  }

  add(scores: Float32Array, value: Float32Array): void {
    if (this.#frontCount + this.#backCount === this.#span) {
      if (this.#frontCount === 0) this.#turn();
      this.#frontCount -= 1;
    }
    const valueWidth = this.#shape.heads * this.#shape.headDim;
    for (let row = 0; row < this.#rows; row++) {
      this.#backScores[this.#backCount * this.#rows + row] = scores[row] as number;
    }
    for (let c = 0; c < valueWidth; c++) {
      this.#backValues[this.#backCount * valueWidth + c] = value[c] as number;
    }
    this.#addItem(this.#backSum, 0, this.#backCount);
    this.#backCount += 1;
  }

  average(out: Float32Array): void {
    const { headDim } = this.#shape;
    const joined = this.#joined;
    joined.set(this.#backSum);
    if (this.#frontCount > 0) this.#merge(joined, this.#front, (this.#frontCount - 1) * this.#width);
    for (let row = 0; row < this.#rows; row++) {
      const at = row * (2 + headDim);
      const sum = joined[at + 1] as number;
      for (let c = 0; c < headDim; c++) {
        out[row * headDim + c] = sum === 0 ? 0 : (joined[at + 2 + c] as number) / sum;
      }
    }
  }

  read(): readonly [Float64Array, Float32Array] {
    const valueWidth = this.#shape.heads * this.#shape.headDim;
    const parts = [
      this.#backScores.subarray(0, this.#backCount * this.#rows),
      this.#backValues.subarray(0, this.#backCount * valueWidth),
      this.#backSum,
      this.#front.subarray(0, this.#frontCount * this.#width),
    ];
    const state = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      state.set(part, at);
      at += part.length;
    }
    return [Float64Array.of(this.#backCount, this.#frontCount), state];
  }

  write([counts, state]: readonly [Float64Array, Float32Array]): boolean {
    const [backCount, frontCount] = counts;
    if (counts.length !== 2 || !isCount(backCount) || !isCount(frontCount)) return false;
    const valueWidth = this.#shape.heads * this.#shape.headDim;
    const length = backCount * (this.#rows + valueWidth) + (1 + frontCount) * this.#width;
    if (backCount + frontCount > this.#span || state.length !== length) return false;
    let at = 0;
    for (const [array, size] of [
      [this.#backScores, backCount * this.#rows],
      [this.#backValues, backCount * valueWidth],
      [this.#backSum, this.#width],
      [this.#front, frontCount * this.#width],
    ] as const) {
      array.set(state.subarray(at, at + size));
      at += size;
    }
    this.#backCount = backCount;
    this.#frontCount = frontCount;
    return true;
  }

  copyFrom(other: this): void {
    this.write(other.read());
  }

  /** Turns the back stack over into the empty front stack. */
  #turn(): void {
    const width = this.#width;
    for (let entry = 0; entry < this.#backCount; entry++) {
      const to = entry * width;
      if (entry === 0) this.#clear(this.#front, 0);
      else this.#front.copyWithin(to, to - width, to);
      this.#addItem(this.#front, to, this.#backCount - 1 - entry);
    }
    this.#frontCount = this.#backCount;
    this.#backCount = 0;
    this.#clear(this.#backSum, 0);
  }

  #clear(sums: Float32Array, at: number): void {
    sums.fill(0, at, at + this.#width);
    for (let row = 0; row < this.#rows; row++) sums[at + row * (2 + this.#shape.headDim)] = Number.NEGATIVE_INFINITY;
  }

  /** Adds token `item` of the back stack to the sum at `to`. */
  #addItem(sums: Float32Array, to: number, item: number): void {
    const { heads, headDim } = this.#shape;
    for (let row = 0; row < this.#rows; row++) {
      this.#scores[row] = this.#backScores[item * this.#rows + row] as number;
    }
    joinFactors(sums, to, 2 + headDim, this.#scores, this.#factors);
    for (let row = 0; row < this.#rows; row++) {
      const keep = this.#factors[row] as number;
      const weight = this.#factors[this.#rows + row] as number;
      const at = to + row * (2 + headDim);
      sums[at + 1] = (sums[at + 1] as number) * keep + weight;
      const from = (item * heads + (row % heads)) * headDim;
      for (let c = 0; c < headDim; c++) {
        sums[at + 2 + c] = (sums[at + 2 + c] as number) * keep + weight * (this.#backValues[from + c] as number);
      }
    }
  }

  /** into ← into ⊕ the sum of `from` at `start`, row by row; an empty sum changes nothing. */
  #merge(into: Float32Array, from: Float32Array, start: number): void {
    const { headDim } = this.#shape;
    for (let row = 0; row < this.#rows; row++) this.#scores[row] = from[start + row * (2 + headDim)] as number;
    joinFactors(into, 0, 2 + headDim, this.#scores, this.#factors);
    for (let row = 0; row < this.#rows; row++) {
      const keep = this.#factors[row] as number;
      const take = this.#factors[this.#rows + row] as number;
      const at = row * (2 + headDim);
      for (let c = 1; c < 2 + headDim; c++) {
        into[at + c] = (into[at + c] as number) * keep + (from[start + at + c] as number) * take;
      }
    }
  }
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 0;
}
