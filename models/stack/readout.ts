import type { Engine, Linear, RowMap, RowRange, Rows } from '../kernels/index.ts';
import { applyLinear, RunningSoftmax, SlidingSoftmax, type SoftmaxAverage } from '../kernels/reference/index.ts';

/** Attention pooling over the encoder's outputs: constant queries that no token sees. */
export interface ReadoutConfig {
  /** Number of queries, 1..1024. */
  readonly queries: number;
  /** Outputs that a query looks back on, 1..1048576; without it all since the start. */
  readonly span?: number;
}

/** The parameters of attention pooling over the outputs. */
export interface ReadoutWeights {
  /** Constant queries, `[queries, hiddenSize]`, not yet scaled. */
  readonly queries: Float32Array;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
}

/** What a read-out is made for. */
export interface ReadoutShape extends ReadoutConfig {
  readonly hiddenSize: number;
  readonly numHeads: number;
}

const f = Math.fround;

/**
 * Learned queries that summarise an encoder's outputs by attention pooling: output g is
 * W_o · concat_h Σ_t softmax_t(q_gh · k_th / √headDim) v_th + b_o over all outputs so far, or over the last `span`. Nobody attends to them and
 * they never change, so running sums are exact at any time. Masked tokens count for nothing but take part in the span;
 * before the first valid token the average is 0. Scratch and scaled queries only; the sums belong to a stream.
 */
export class Readout {
  readonly #shape: ReadoutShape;
  readonly #headDim: number;
  readonly #weights: ReadoutWeights;
  /** `[queries, hiddenSize]`, scaled. */
  readonly #queries: Float32Array;
  readonly #keyMap: RowMap;
  readonly #valueMap: RowMap;
  readonly #keys: Rows;
  readonly #values: Rows;
  readonly #value: Float32Array;
  readonly #scores: Float32Array;
  readonly #average: Float32Array;
  readonly #row: Float32Array;

  constructor(engine: Engine, shape: ReadoutShape, weights: ReadoutWeights) {
    const { hiddenSize, numHeads, queries } = shape;
    this.#shape = shape;
    this.#headDim = hiddenSize / numHeads;
    this.#weights = weights;
    const scale = f(1 / Math.sqrt(this.#headDim));
    this.#queries = weights.queries.map((value) => f(value * scale));
    this.#keyMap = engine.linear(weights.key);
    this.#valueMap = engine.linear(weights.value);
    this.#keys = engine.rows(hiddenSize);
    this.#values = engine.rows(hiddenSize);
    this.#value = new Float32Array(hiddenSize);
    this.#scores = new Float32Array(queries * numHeads);
    this.#average = new Float32Array(queries * hiddenSize);
    this.#row = new Float32Array(hiddenSize);
  }

  /** Empty sums for a stream. */
  open(): SoftmaxAverage {
    const { queries, span, numHeads } = this.#shape;
    const shape = { queries, heads: numHeads, headDim: this.#headDim };
    return span === undefined ? new RunningSoftmax(shape) : new SlidingSoftmax(shape, span);
  }

  /** Makes keys and values of outputs `[count, hiddenSize]` of the encoder; {@link add} then takes them. */
  prepare(outputs: Rows, count: number): void {
    this.#keyMap.apply(outputs, this.#keys, count);
    this.#valueMap.apply(outputs, this.#values, count);
  }

  /** Adds outputs of one stream to its sums: rows of what was prepared, each with its kind. */
  add(sums: SoftmaxAverage, { from, count }: RowRange, kinds: Uint8Array): void {
    for (let row = from; row < from + count; row++) {
      this.#score(row, kinds[row] === 0);
      const { data, offset, stride } = this.#values;
      for (let c = 0; c < this.#value.length; c++) this.#value[c] = data[offset + row * stride + c] as number;
      sums.add(this.#scores, this.#value);
    }
  }

  #score(row: number, masked: boolean): void {
    const { hiddenSize } = this.#shape;
    const headDim = this.#headDim;
    const { data, offset, stride } = this.#keys;
    const start = offset + row * stride;
    for (let i = 0; i < this.#scores.length; i++) {
      const q = i * headDim;
      const k = start + (q % hiddenSize);
      let sum = 0;
      for (let c = 0; c < headDim; c++) sum = f(sum + f((this.#queries[q + c] as number) * (data[k + c] as number)));
      this.#scores[i] = masked ? Number.NEGATIVE_INFINITY : sum;
    }
  }

  /** The summaries as of now, `[queries, hiddenSize]`. */
  read(sums: SoftmaxAverage): Float32Array {
    const { hiddenSize } = this.#shape;
    const out = new Float32Array(this.#average.length);
    sums.average(this.#average);
    for (let at = 0; at < out.length; at += hiddenSize) {
      applyLinear(this.#weights.output, this.#average.subarray(at, at + hiddenSize), this.#row);
      out.set(this.#row, at);
    }
    return out;
  }
}
