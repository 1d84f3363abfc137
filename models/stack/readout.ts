import {
  applyLinear,
  type Linear,
  RunningSoftmax,
  SlidingSoftmax,
  type SoftmaxAverage,
} from '../kernels/reference/index.ts';

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
  readonly #key: Float32Array;
  readonly #value: Float32Array;
  readonly #scores: Float32Array;
  readonly #average: Float32Array;
  readonly #row: Float32Array;

  constructor(shape: ReadoutShape, weights: ReadoutWeights) {
    const { hiddenSize, numHeads, queries } = shape;
    this.#shape = shape;
    this.#headDim = hiddenSize / numHeads;
    this.#weights = weights;
    const scale = f(1 / Math.sqrt(this.#headDim));
    this.#queries = weights.queries.map((value) => f(value * scale));
    this.#key = new Float32Array(hiddenSize);
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

  /** Adds one output `[hiddenSize]` of the encoder to the sums. */
  add(sums: SoftmaxAverage, output: Float32Array, kind: number): void {
    const { hiddenSize } = this.#shape;
    const headDim = this.#headDim;
    applyLinear(this.#weights.key, output, this.#key);
    applyLinear(this.#weights.value, output, this.#value);
    const rows = this.#scores.length;
    for (let row = 0; row < rows; row++) {
      const q = row * headDim;
      const k = q % hiddenSize;
      let sum = 0;
      for (let c = 0; c < headDim; c++) {
        sum = f(sum + f((this.#queries[q + c] as number) * (this.#key[k + c] as number)));
      }
      this.#scores[row] = kind === 0 ? Number.NEGATIVE_INFINITY : sum;
    }
    sums.add(this.#scores, this.#value);
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
