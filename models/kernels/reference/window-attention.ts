import { arithmetic } from '../../../core/index.ts';
import { KEY_BLOCK, type KeyValueCache } from './key-value-cache.ts';
import { joinLanes } from './layer-norm.ts';

const f = Math.fround;
const lanes = new Float32Array(KEY_BLOCK);

/** Scratch of {@link applyWindowAttention}: at least `window` numbers. */
export type ScoreScratch = Float32Array;

/**
 * Attention of the token at `position` over its window, `[position - window + 1, position]` cut at 0
 * (Longformer, section 3.1, causal form). `query` `[heads * headDim]` is already scaled; the token's own key and
 * value are already in the cache. `out` `[heads * headDim]`.
 *
 * Canonical order, all float32: a score adds q[c] k[c] for c = 0, 1, …; a key's weight goes to lane
 * (position mod 32), oldest key first, and a fixed tree joins the 32 lanes to the denominator; each output
 * channel adds weight * v oldest key first and is multiplied by 1 / denominator. Keys outside the window
 * contribute nothing, so neither the ring's size nor where it wraps can be seen in the bits.
 */
export function applyWindowAttention(
  cache: KeyValueCache,
  position: number,
  buffers: { readonly query: Float32Array; readonly scores: ScoreScratch; readonly out: Float32Array },
): void {
  const { heads, headDim, capacity, window } = cache;
  const { query, scores, out } = buffers;
  const first = Math.max(0, position - window + 1);
  const count = position - first + 1;
  const firstSlot = first % capacity;
  const beforeSeam = Math.min(count, capacity - firstSlot);
  for (let head = 0; head < heads; head++) {
    const base = head * capacity * headDim;
    const q = head * headDim;
    // Two straight runs: from the oldest slot to the seam of the ring, then from slot 0.
    scoreRun(cache.keys, base + firstSlot * headDim, { query, q, headDim, scores, at: 0, count: beforeSeam });
    scoreRun(cache.keys, base, { query, q, headDim, scores, at: beforeSeam, count: count - beforeSeam });
    const scale = f(1 / softmaxInPlace(scores, count, first));
    for (let c = 0; c < headDim; c += 8) {
      const width = Math.min(8, headDim - c);
      weighRun(cache.values, {
        base,
        firstSlot,
        beforeSeam,
        count,
        headDim,
        channel: c,
        width,
        scores,
        out,
        to: q + c,
      });
    }
    for (let c = 0; c < headDim; c++) out[q + c] = f((out[q + c] as number) * scale);
  }
}

interface ScoreRun {
  readonly query: Float32Array;
  readonly q: number;
  readonly headDim: number;
  readonly scores: Float32Array;
  readonly at: number;
  readonly count: number;
}

/** scores[at + i] = q · key i, for `count` keys that lie one after the other; four keys side by side. */
function scoreRun(keys: Float32Array, start: number, run: ScoreRun): void {
  const { query, q, headDim, scores, at, count } = run;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const k0 = start + i * headDim;
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
    scores[at + i] = s0;
    scores[at + i + 1] = s1;
    scores[at + i + 2] = s2;
    scores[at + i + 3] = s3;
  }
  for (; i < count; i++) {
    const k0 = start + i * headDim;
    let sum = 0;
    for (let c = 0; c < headDim; c++) sum = f(sum + f((query[q + c] as number) * (keys[k0 + c] as number)));
    scores[at + i] = sum;
  }
}

/** Replaces scores by e^(score - max) and returns their canonical sum. `first` is the absolute position of score 0. */
function softmaxInPlace(scores: Float32Array, count: number, first: number): number {
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

interface WeighRun {
  readonly base: number;
  readonly firstSlot: number;
  readonly beforeSeam: number;
  readonly count: number;
  readonly headDim: number;
  readonly channel: number;
  readonly width: number;
  readonly scores: Float32Array;
  readonly out: Float32Array;
  readonly to: number;
}

/** out[to + j] = Σ weight_i value_i[channel + j] for up to eight channels side by side, oldest key first. */
function weighRun(values: Float32Array, run: WeighRun): void {
  const { base, firstSlot, beforeSeam, count, headDim, channel, width, scores, out, to } = run;
  if (width < 8) {
    for (let j = 0; j < width; j++) {
      let sum = 0;
      for (let i = 0; i < count; i++) {
        const slot = i < beforeSeam ? firstSlot + i : i - beforeSeam;
        sum = f(sum + f((scores[i] as number) * (values[base + slot * headDim + channel + j] as number)));
      }
      out[to + j] = sum;
    }
    return;
  }
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let a4 = 0;
  let a5 = 0;
  let a6 = 0;
  let a7 = 0;
  let at = base + firstSlot * headDim + channel;
  for (let i = 0; i < count; i++) {
    if (i === beforeSeam) at = base + channel;
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
