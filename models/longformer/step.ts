import {
  applyActivation,
  applyLayerNorm,
  applyLinear,
  applyRotary,
  type KeyValueCache,
  rotaryFrequencies,
  rotaryTable,
  WindowAttention,
} from '../kernels/reference/index.ts';
import type { ResolvedLongformerConfig } from './config.ts';
import type { LongformerLayerWeights, LongformerWeights } from './weights.ts';

const f = Math.fround;

/**
 * Takes one token through the whole stack. Holds scratch only, so one step serves every stream of an
 * encoder; what a stream remembers is in its caches. Cost O(Σ window + parameters), nothing allocated.
 */
export class LongformerStep {
  readonly #config: ResolvedLongformerConfig;
  readonly #weights: LongformerWeights;
  readonly #frequencies: Float64Array;
  readonly #rotary: Float32Array;
  readonly #queryScale: number;
  /** The residual stream, `[hiddenSize]`. */
  readonly #x: Float32Array;
  readonly #normed: Float32Array;
  readonly #query: Float32Array;
  readonly #key: Float32Array;
  readonly #value: Float32Array;
  readonly #context: Float32Array;
  readonly #branch: Float32Array;
  readonly #ffn: Float32Array;
  readonly #attention: WindowAttention;

  constructor(config: ResolvedLongformerConfig, weights: LongformerWeights) {
    this.#config = config;
    this.#weights = weights;
    const hidden = (): Float32Array => new Float32Array(config.hiddenSize);
    this.#x = hidden();
    this.#normed = hidden();
    this.#query = hidden();
    this.#key = hidden();
    this.#value = hidden();
    this.#context = hidden();
    this.#branch = hidden();
    this.#ffn = new Float32Array(config.ffnSize);
    this.#frequencies =
      config.position === 'rotary' ? rotaryFrequencies(config.headDim, config.rotaryBase) : new Float64Array(0);
    this.#rotary = new Float32Array(config.headDim);
    this.#queryScale = f(1 / Math.sqrt(config.headDim));
    this.#attention = new WindowAttention(Math.max(...config.window));
  }

  /** Encodes `token` `[inputSize]` at `position`, moves the caches on and returns `[hiddenSize]`: scratch, copy it out. */
  run(token: Float32Array, position: number, caches: readonly KeyValueCache[]): Float32Array {
    const { norm, position: scheme } = this.#config;
    applyLinear(this.#weights.embedding, token, this.#x);
    if (norm === 'post') applyLayerNorm(this.#weights.outerNorm, this.#x, this.#x);
    if (scheme === 'rotary') rotaryTable(position, this.#frequencies, this.#rotary);
    for (let i = 0; i < caches.length; i++) {
      const layer = this.#weights.layers[i] as LongformerLayerWeights;
      const cache = caches[i] as KeyValueCache;
      if (norm === 'pre') this.#preNormLayer(layer, cache, position);
      else this.#postNormLayer(layer, cache, position);
    }
    if (norm === 'pre') applyLayerNorm(this.#weights.outerNorm, this.#x, this.#x);
    return this.#x;
  }

  /** x ← x + Attn(LN(x)); x ← x + FFN(LN(x)). */
  #preNormLayer(layer: LongformerLayerWeights, cache: KeyValueCache, position: number): void {
    applyLayerNorm(layer.attentionNorm, this.#x, this.#normed);
    this.#attend(layer, cache, this.#normed, position);
    this.#addBranch();
    applyLayerNorm(layer.ffnNorm, this.#x, this.#normed);
    this.#feedForward(layer, this.#normed);
    this.#addBranch();
  }

  /** x ← LN(x + Attn(x)); x ← LN(x + FFN(x)). */
  #postNormLayer(layer: LongformerLayerWeights, cache: KeyValueCache, position: number): void {
    this.#attend(layer, cache, this.#x, position);
    this.#addBranch();
    applyLayerNorm(layer.attentionNorm, this.#x, this.#x);
    this.#feedForward(layer, this.#x);
    this.#addBranch();
    applyLayerNorm(layer.ffnNorm, this.#x, this.#x);
  }

  #attend(layer: LongformerLayerWeights, cache: KeyValueCache, input: Float32Array, position: number): void {
    applyLinear(layer.query, input, this.#query);
    applyLinear(layer.key, input, this.#key);
    applyLinear(layer.value, input, this.#value);
    for (let c = 0; c < this.#query.length; c++) this.#query[c] = f((this.#query[c] as number) * this.#queryScale);
    if (this.#config.position === 'rotary') {
      applyRotary(this.#query, this.#rotary);
      applyRotary(this.#key, this.#rotary);
    }
    cache.store(position, this.#key, this.#value);
    this.#attention.apply(cache, position, this.#query, this.#context);
    applyLinear(layer.attentionOutput, this.#context, this.#branch);
  }

  #feedForward(layer: LongformerLayerWeights, input: Float32Array): void {
    applyLinear(layer.ffnIn, input, this.#ffn);
    applyActivation(this.#config.activation, this.#ffn);
    applyLinear(layer.ffnOut, this.#ffn, this.#branch);
  }

  #addBranch(): void {
    const x = this.#x;
    const branch = this.#branch;
    for (let c = 0; c < x.length; c++) x[c] = f((x[c] as number) + (branch[c] as number));
  }
}
