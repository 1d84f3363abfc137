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
import type { LayerState } from './layer-state.ts';
import type { AttentionProjections, LongformerLayerWeights } from './weights.ts';

const f = Math.fround;

/**
 * The arithmetic of one layer for one token. Holds scratch only, so one step serves every layer and stream of an
 * encoder; what a stream remembers is in its {@link LayerState}s. Cost O(window + parameters) a token, nothing allocated.
 */
export class LayerStep {
  readonly attention: WindowAttention;
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
  /** The heads' output, before the output projection. */
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

  /**
   * Takes the next token of a stream in: `x` `[hiddenSize]` with its kind. Returns whether a token leaves the layer for
   * it, `delay` tokens earlier than the one taken in; `x` then holds its output, and the kind is in {@link leavingKind}.
   */
  take(weights: LongformerLayerWeights, state: LayerState, x: Float32Array, kind: number): boolean {
    const position = state.ring.newest + 1;
    this.project(weights, x, position, weights);
    state.ring.store(this.key, this.value, kind === 0 ? 1 : 0);
    state.pinned?.offer(position, kind, this.key, this.value);
    if (state.delay === 0) {
      this.#finish(weights, state, x, kind);
      return true;
    }
    state.wait(position, x, this.query, kind);
    return position >= state.delay && this.drain(weights, state, x);
  }

  /** Lets the next waiting token leave with the keys that are there; false when none waits. `x` then holds its output. */
  drain(weights: LongformerLayerWeights, state: LayerState, x: Float32Array): boolean {
    if (state.waitingCount === 0) return false;
    const kind = state.recall(state.next, x, this.query);
    this.#finish(weights, state, x, kind);
    return true;
  }

  /** Kind of the token that left last. */
  leavingKind = 1;

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

  /** Attention and the rest for the token that leaves; its scaled query is in {@link query}. */
  #finish(weights: LongformerLayerWeights, state: LayerState, x: Float32Array, kind: number): void {
    if (kind === 0) this.context.fill(0);
    else this.attention.apply(state.ring, state.pinned, state.next, this.query, this.context);
    this.complete(weights, x);
    state.next += 1;
    this.leavingKind = kind;
  }

  #addBranch(x: Float32Array): void {
    const branch = this.#branch;
    for (let c = 0; c < x.length; c++) x[c] = f((x[c] as number) + (branch[c] as number));
  }
}
