import { applyLinear, RunningSoftmax, SlidingSoftmax, type SoftmaxAverage } from '../kernels/reference/index.ts';
import type { ReadoutConfig, ResolvedLongformerConfig } from './config.ts';
import type { ReadoutWeights } from './weights.ts';

const f = Math.fround;

/**
 * Learned queries that summarise an encoder's outputs by attention pooling: output g is
 * W_o · concat_h Σ_t softmax_t(q_gh · k_th / √headDim) v_th + b_o over all outputs so far, or over the last `span`. Nobody attends to them and
 * they never change, so running sums are exact at any time. Masked tokens count for nothing but take part in the span;
 * before the first valid token the average is 0. Scratch and scaled queries only; the sums belong to a stream.
 */
export class Readout {
  readonly #config: ResolvedLongformerConfig;
  readonly #weights: ReadoutWeights;
  /** `[queries, hiddenSize]`, scaled. */
  readonly #queries: Float32Array;
  readonly #key: Float32Array;
  readonly #value: Float32Array;
  readonly #scores: Float32Array;
  readonly #average: Float32Array;
  readonly #row: Float32Array;

  constructor(config: ResolvedLongformerConfig, weights: ReadoutWeights) {
    const { hiddenSize, numHeads } = config;
    const queries = (config.readout as ReadoutConfig).queries;
    const scale = f(1 / Math.sqrt(config.headDim));
    this.#config = config;
    this.#weights = weights;
    this.#queries = weights.queries.map((value) => f(value * scale));
    this.#key = new Float32Array(hiddenSize);
    this.#value = new Float32Array(hiddenSize);
    this.#scores = new Float32Array(queries * numHeads);
    this.#average = new Float32Array(queries * hiddenSize);
    this.#row = new Float32Array(hiddenSize);
  }

  /** Empty sums for a stream. */
  open(): SoftmaxAverage {
    const { queries, span } = this.#config.readout as ReadoutConfig;
    const shape = { queries, heads: this.#config.numHeads, headDim: this.#config.headDim };
    return span === undefined ? new RunningSoftmax(shape) : new SlidingSoftmax(shape, span);
  }

  /** Adds one output `[hiddenSize]` of the encoder to the sums. */
  add(sums: SoftmaxAverage, output: Float32Array, kind: number): void {
    const { hiddenSize, headDim } = this.#config;
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
    const { hiddenSize } = this.#config;
    const out = new Float32Array(this.#average.length);
    sums.average(this.#average);
    for (let at = 0; at < out.length; at += hiddenSize) {
      applyLinear(this.#weights.output, this.#average.subarray(at, at + hiddenSize), this.#row);
      out.set(this.#row, at);
    }
    return out;
  }
}
