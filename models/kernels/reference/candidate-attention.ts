import { arithmetic } from '../../../core/index.ts';
import type { CacheNumbers } from '../engine/index.ts';
import { KEY_BLOCK } from './key-ring.ts';
import { joinLanes } from './layer-norm.ts';

const f = Math.fround;

/** Keys and values by slot, `[heads, slots, headDim]` each. */
export interface KeyTable {
  readonly headDim: number;
  readonly slots: number;
  readonly keys: CacheNumbers;
  readonly values: CacheNumbers;
  /** What each key is multiplied by, `[heads, slots]`; none or empty where keys are float32. */
  readonly keyScales?: Float32Array;
  /** The same for the values. */
  readonly valueScales?: Float32Array;
}

/**
 * Attention of one head of one token over a list of candidates, in any number and order; a candidate that is listed
 * twice counts twice. That is Reformer's combination of hash rounds by log-sum-exp, written as one softmax over the
 * multiset of what each round sees. Holds scratch only; nothing is allocated per token.
 *
 * Canonical order, all float32: channel c of a score adds q[c] k[c] to lane (c mod 4), and the score is
 * (lane 0 + lane 2) + (lane 1 + lane 3); candidate i of the list adds its weight to lane (i mod 32), and a fixed tree joins the
 * lanes; each output channel adds weight · v in the order of the list and is multiplied by 1 / denominator. Where keys and values are integers, a score is multiplied by the scale of
 * its key, and a weight by that of its value before it weighs the integers; the denominator adds the weights as they are.
 */
export class CandidateAttention {
  /** Slots of the candidates, filled by the caller. */
  readonly list: Int32Array;
  readonly #scores: Float32Array;
  readonly #lanes = new Float32Array(KEY_BLOCK);

  constructor(maxCandidates: number) {
    this.list = new Int32Array(maxCandidates);
    this.#scores = new Float32Array(maxCandidates);
  }

  /**
   * Attends with `query` `[heads * headDim]` of `head` over the first `count` ≥ 1 of {@link list}; writes that head of
   * `out` `[heads * headDim]`. The scale, if any, is in the keys. `weights`, where given, takes the probabilities of the
   * candidates in the order of the list.
   */
  apply(
    table: KeyTable,
    head: number,
    count: number,
    query: Float32Array,
    out: Float32Array,
    weights?: Float32Array,
  ): void {
    const { headDim, slots, keys, values, keyScales, valueScales } = table;
    const scaled = keyScales !== undefined && keyScales.length > 0;
    const scores = this.#scores;
    const base = head * slots;
    const q = head * headDim;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const key = (base + (this.list[i] as number)) * headDim;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let c = 0;
      for (; c + 4 <= headDim; c += 4) {
        s0 = f(s0 + f((query[q + c] as number) * (keys[key + c] as number)));
        s1 = f(s1 + f((query[q + c + 1] as number) * (keys[key + c + 1] as number)));
        s2 = f(s2 + f((query[q + c + 2] as number) * (keys[key + c + 2] as number)));
        s3 = f(s3 + f((query[q + c + 3] as number) * (keys[key + c + 3] as number)));
      }
      if (c < headDim) s0 = f(s0 + f((query[q + c] as number) * (keys[key + c] as number)));
      if (c + 1 < headDim) s1 = f(s1 + f((query[q + c + 1] as number) * (keys[key + c + 1] as number)));
      if (c + 2 < headDim) s2 = f(s2 + f((query[q + c + 2] as number) * (keys[key + c + 2] as number)));
      let sum = f(f(s0 + s2) + f(s1 + s3));
      if (scaled) sum = f(sum * (keyScales[base + (this.list[i] as number)] as number));
      scores[i] = sum;
      if (sum > max) max = sum;
    }
    for (let i = 0; i < count; i++) scores[i] = (scores[i] as number) - max;
    arithmetic.expAll(scores, count);
    const lanes = this.#lanes;
    lanes.fill(0);
    for (let i = 0; i < count; i++) {
      lanes[i % KEY_BLOCK] = f((lanes[i % KEY_BLOCK] as number) + (scores[i] as number));
    }
    joinLanes(lanes, KEY_BLOCK);
    const scale = f(1 / (lanes[0] as number));
    if (weights !== undefined) for (let i = 0; i < count; i++) weights[i] = f((scores[i] as number) * scale);
    if (scaled && valueScales !== undefined) this.#multiply(valueScales, base, count);
    for (let at = q; at < q + headDim; at++) out[at] = 0;
    for (let i = 0; i < count; i++) {
      const weight = scores[i] as number;
      const from = (base + (this.list[i] as number)) * headDim;
      for (let c = 0; c < headDim; c++)
        out[q + c] = f((out[q + c] as number) + f(weight * (values[from + c] as number)));
    }
    for (let at = q; at < q + headDim; at++) out[at] = f((out[at] as number) * scale);
  }

  /** Multiplies the weights of the list by the scales of their values. */
  #multiply(scales: Float32Array, base: number, count: number): void {
    for (let i = 0; i < count; i++) {
      this.#scores[i] = f((this.#scores[i] as number) * (scales[base + (this.list[i] as number)] as number));
    }
  }
}

/**
 * k̂ = x · (mean(x²) + 1e-6)^(−1/2) / √headDim for every head of `x` `[heads * headDim]` into `out`: the key that
 * Reformer makes of a shared query-key vector.
 */
export function normaliseKeys(x: Float32Array, headDim: number, out: Float32Array): void {
  const root = f(Math.sqrt(headDim));
  for (let head = 0; head < x.length; head += headDim) {
    let sum = 0;
    for (let c = 0; c < headDim; c++) sum = f(sum + f((x[head + c] as number) * (x[head + c] as number)));
    const scale = f(f(1 / f(Math.sqrt(f(f(sum / headDim) + f(1e-6))))) / root);
    for (let c = 0; c < headDim; c++) out[head + c] = f((x[head + c] as number) * scale);
  }
}
