import { arithmetic } from '../../../core/index.ts';
import { KEY_BLOCK, type KeyValueCache } from './key-value-cache.ts';
import { joinLanes } from './layer-norm.ts';

const f = Math.fround;

/**
 * Attention of the token at a position over its window, `[position - window + 1, position]` cut at 0
 * (Longformer, section 3.1, causal form). Holds scratch only; nothing is allocated per token.
 *
 * Canonical order, all float32: a score adds q[c] k[c] for c = 0, 1, …; a key's weight goes to lane
 * (position mod 32), oldest key first, and a fixed tree joins the 32 lanes to the denominator; each output
 * channel adds weight * v oldest key first and is multiplied by 1 / denominator. Keys outside the window
 * contribute nothing, so neither the ring's size nor where it wraps can be seen in the bits.
 */
export class WindowAttention {
  readonly #scores: Float32Array;
  readonly #lanes = new Float32Array(KEY_BLOCK);

  /** @param maxWindow the longest window of any cache that it is used on */
  constructor(maxWindow: number) {
    this.#scores = new Float32Array(maxWindow);
  }

  /**
   * `query` `[heads * headDim]` is already scaled; the token's own key and value are already in the cache.
   * Writes `out` `[heads * headDim]`.
   */
  apply(cache: KeyValueCache, position: number, query: Float32Array, out: Float32Array): void {
    const { heads, headDim, capacity, window, keys, values } = cache;
    const first = Math.max(0, position - window + 1);
    const count = position - first + 1;
    const firstSlot = first % capacity;
    const beforeSeam = Math.min(count, capacity - firstSlot);
    for (let head = 0; head < heads; head++) {
      const base = head * capacity * headDim;
      const q = head * headDim;
      // Two straight runs: from the oldest slot to the seam of the ring, then from slot 0.
      this.#score(keys, base + firstSlot * headDim, query, q, headDim, 0, beforeSeam);
      this.#score(keys, base, query, q, headDim, beforeSeam, count);
      const scale = f(1 / this.#softmax(count, first));
      let c = 0;
      for (; c + 8 <= headDim; c += 8) {
        this.#weighEight(values, base + c, firstSlot, beforeSeam, count, headDim, out, q + c);
      }
      for (; c < headDim; c++) this.#weighOne(values, base + c, firstSlot, beforeSeam, count, headDim, out, q + c);
      for (let at = q; at < q + headDim; at++) out[at] = f((out[at] as number) * scale);
    }
  }

  /** scores[i] = q · key, for i = from .. to - 1 and keys that lie one after the other from `start`; four side by side. */
  #score(
    keys: Float32Array,
    start: number,
    query: Float32Array,
    q: number,
    headDim: number,
    from: number,
    to: number,
  ): void {
    const scores = this.#scores;
    let i = from;
    let k0 = start;
    for (; i + 4 <= to; i += 4, k0 += 4 * headDim) {
      const k1 = k0 + headDim;
      const k2 = k1 + headDim;
      const k3 = k2 + headDim;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let c = 0; c < headDim; c++) {
        const value = query[q + c] as number;
        s0 = f(s0 + f(value * (keys[k0 + c] as number)));
        s1 = f(s1 + f(value * (keys[k1 + c] as number)));
        s2 = f(s2 + f(value * (keys[k2 + c] as number)));
        s3 = f(s3 + f(value * (keys[k3 + c] as number)));
      }
      scores[i] = s0;
      scores[i + 1] = s1;
      scores[i + 2] = s2;
      scores[i + 3] = s3;
    }
    for (; i < to; i++, k0 += headDim) {
      let sum = 0;
      for (let c = 0; c < headDim; c++) sum = f(sum + f((query[q + c] as number) * (keys[k0 + c] as number)));
      scores[i] = sum;
    }
  }

  /** Replaces scores by e^(score - max) and returns their canonical sum. `first` is the absolute position of score 0. */
  #softmax(count: number, first: number): number {
    const scores = this.#scores;
    const lanes = this.#lanes;
    let max = scores[0] as number;
    for (let i = 1; i < count; i++) if ((scores[i] as number) > max) max = scores[i] as number;
    lanes.fill(0);
    for (let i = 0; i < count; i++) {
      const weight = arithmetic.exp(f((scores[i] as number) - max));
      scores[i] = weight;
      const lane = (first + i) % KEY_BLOCK;
      lanes[lane] = f((lanes[lane] as number) + weight);
    }
    return joinLanes(lanes, KEY_BLOCK);
  }

  /** out[to + j] = Σ weight_i value_i[j] for eight channels side by side from `base` on, oldest key first. */
  #weighEight(
    values: Float32Array,
    base: number,
    firstSlot: number,
    beforeSeam: number,
    count: number,
    headDim: number,
    out: Float32Array,
    to: number,
  ): void {
    const scores = this.#scores;
    let a0 = 0;
    let a1 = 0;
    let a2 = 0;
    let a3 = 0;
    let a4 = 0;
    let a5 = 0;
    let a6 = 0;
    let a7 = 0;
    let at = base + firstSlot * headDim;
    for (let i = 0; i < count; i++) {
      if (i === beforeSeam) at = base;
      const weight = scores[i] as number;
      a0 = f(a0 + f(weight * (values[at] as number)));
      a1 = f(a1 + f(weight * (values[at + 1] as number)));
      a2 = f(a2 + f(weight * (values[at + 2] as number)));
      a3 = f(a3 + f(weight * (values[at + 3] as number)));
      a4 = f(a4 + f(weight * (values[at + 4] as number)));
      a5 = f(a5 + f(weight * (values[at + 5] as number)));
      a6 = f(a6 + f(weight * (values[at + 6] as number)));
      a7 = f(a7 + f(weight * (values[at + 7] as number)));
      at += headDim;
    }
    out[to] = a0;
    out[to + 1] = a1;
    out[to + 2] = a2;
    out[to + 3] = a3;
    out[to + 4] = a4;
    out[to + 5] = a5;
    out[to + 6] = a6;
    out[to + 7] = a7;
  }

  /** The same for one channel: what is left when `headDim` is no multiple of eight. */
  #weighOne(
    values: Float32Array,
    base: number,
    firstSlot: number,
    beforeSeam: number,
    count: number,
    headDim: number,
    out: Float32Array,
    to: number,
  ): void {
    let sum = 0;
    let at = base + firstSlot * headDim;
    for (let i = 0; i < count; i++) {
      if (i === beforeSeam) at = base;
      sum = f(sum + f((this.#scores[i] as number) * (values[at] as number)));
      at += headDim;
    }
    out[to] = sum;
  }
}
