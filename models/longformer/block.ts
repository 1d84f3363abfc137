import {
  applyActivation,
  applyLayerNorm,
  applyLinear,
  applyRotary,
  rotaryFrequencies,
  rotaryTable,
  WindowAttention,
} from '../kernels/reference/index.ts';
import type { ResolvedLongformerConfig } from './config.ts';
import type { AttentionProjections, LongformerLayerWeights } from './weights.ts';

const f = Math.fround;

/** The arithmetic around the attention of a Longformer's layers, for one token of a finite sequence. Scratch only, shared by all layers. */
export class LongformerBlock {
  readonly attention: WindowAttention;
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
  readonly context: Float32Array;
  readonly #config: ResolvedLongformerConfig;
  readonly #frequencies: Float64Array;
  readonly #rotary: Float32Array;
  readonly #queryScale: number;
  readonly #normed: Float32Array;
  readonly #branch: Float32Array;
  readonly #ffn: Float32Array;
  #rotaryPosition = -1;

  /** @param maxKeys the most keys that a token sees */
  constructor(config: ResolvedLongformerConfig, maxKeys: number) {
    this.#config = config;
    const hidden = (): Float32Array => new Float32Array(config.hiddenSize);
    this.query = hidden();
    this.key = hidden();
    this.value = hidden();
    this.context = hidden();
    this.#normed = hidden();
    this.#branch = hidden();
    this.#ffn = new Float32Array(config.ffnSize);
    const rotary = config.position === 'rotary';
    this.#frequencies = rotary ? rotaryFrequencies(config.headDim, config.rotaryBase) : new Float64Array(0);
    this.#rotary = new Float32Array(config.headDim);
    this.#queryScale = f(1 / Math.sqrt(config.headDim));
    this.attention = new WindowAttention(maxKeys);
  }

  /** Writes {@link query} (scaled), {@link key} and {@link value} of `x` by the maps of `projections`. */
  project(weights: LongformerLayerWeights, x: Float32Array, position: number, projections: AttentionProjections): void {
    let input = x;
    if (this.#config.norm === 'pre') {
      applyLayerNorm(weights.attentionNorm, x, this.#normed);
      input = this.#normed;
    }
    applyLinear(projections.query, input, this.query);
    applyLinear(projections.key, input, this.key);
    applyLinear(projections.value, input, this.value);
    for (let c = 0; c < this.query.length; c++) this.query[c] = f((this.query[c] as number) * this.#queryScale);
    if (this.#config.position !== 'rotary') return;
    if (position !== this.#rotaryPosition) rotaryTable(position, this.#frequencies, this.#rotary);
    this.#rotaryPosition = position;
    applyRotary(this.query, this.#rotary);
    applyRotary(this.key, this.#rotary);
  }

  /** x ← the rest of the layer after attention, from {@link context}. */
  complete(weights: LongformerLayerWeights, x: Float32Array): void {
    const { norm, activation } = this.#config;
    applyLinear(weights.attentionOutput, this.context, this.#branch);
    this.#addBranch(x);
    // pre: x ← x + Attn(LN(x)); x ← x + FFN(LN(x)). post: x ← LN(x + Attn(x)); x ← LN(x + FFN(x)).
    const ffnInput = norm === 'pre' ? this.#normed : x;
    applyLayerNorm(norm === 'pre' ? weights.ffnNorm : weights.attentionNorm, x, ffnInput);
    applyLinear(weights.ffnIn, ffnInput, this.#ffn);
    applyActivation(activation, this.#ffn);
    applyLinear(weights.ffnOut, this.#ffn, this.#branch);
    this.#addBranch(x);
    if (norm === 'post') applyLayerNorm(weights.ffnNorm, x, x);
  }

  #addBranch(x: Float32Array): void {
    const branch = this.#branch;
    for (let c = 0; c < x.length; c++) x[c] = f((x[c] as number) + (branch[c] as number));
  }
}
