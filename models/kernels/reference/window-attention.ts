import { arithmetic } from '../../../core/index.ts';
import type { CacheNumbers } from '../engine/index.ts';
import { KEY_BLOCK, type KeyRing } from './key-ring.ts';
import { joinLanes } from './layer-norm.ts';
import type { PinnedKeys } from './pinned-keys.ts';

const f = Math.fround;

/**
 * Attention of one token over its window and the pinned keys (Longformer, sections 3.1 and 4.1). Holds scratch only;
 * nothing is allocated per token.
 *
 * With the dilation d of a head, the token at position t sees t − (window − 1)·d … t + lookAhead·d in steps of d, cut at
 * 0 and at the newest key, and the pinned keys visible to it. A key that is both counts as pinned; a masked key not at all.
 *
 * Canonical order, all float32: a score adds q[c] k[c] for c = 0, 1, …; pinned keys come first, oldest first, then the
 * window, oldest first. A pinned key's weight goes to lane (position mod 32), a window key's to lane
 * (⌊position / d⌋ mod 32), and a fixed tree joins the 32 lanes to the denominator; each output channel adds weight · v in
 * the order of the keys and is multiplied by 1 / denominator. A key that is not seen weighs exactly 0, so neither the
 * ring's size nor where it wraps can be seen in the bits.
 *
 * Keys and values that are stored as integers: the score, which adds q[c] k[c] over the integers, is multiplied by the scale of the
 * key, and a weight by the scale of its value before it weighs the integers; the denominator adds the weights as they are.
 */
export class WindowAttention {
  readonly #scores: Float32Array;
  readonly #lanes = new Float32Array(KEY_BLOCK);

  /** @param maxKeys the most keys that a token sees, pinned ones included */
  constructor(maxKeys: number) {
    this.#scores = new Float32Array(maxKeys);
  }

  /**
   * Attends from `position`, whose own key is already in the ring. `query` `[heads * headDim]` is already scaled; writes
   * `out` `[heads * headDim]`. `weights`, where given, takes the probabilities `[heads, pinned + window + lookAhead]`:
   * pinned keys from the first column on (`visible.length` columns), then offsets; places without a key are left alone.
   */
  apply(
    ring: KeyRing,
    pinned: PinnedKeys | undefined,
    position: number,
    query: Float32Array,
    out: Float32Array,
    weights?: Float32Array,
  ): void {
    const { heads, headDim, capacity, window, lookAhead, newest } = ring;
    const pinnedCount = pinned === undefined ? 0 : pinned.see(position);
    for (let head = 0; head < heads; head++) {
      const step = ring.dilation[head] as number;
      const stride = step * headDim;
      const left = Math.min(window - 1, Math.floor(position / step));
      const right = Math.min(lookAhead, Math.floor((newest - position) / step));
      const count = pinnedCount + left + 1 + right;
      const firstSlot = (position - left * step) % capacity;
      const seam = Math.min(count, pinnedCount + Math.ceil((capacity - firstSlot) / step));
      const base = head * capacity * headDim;
      // Two straight runs: from the oldest key to the seam of the ring, then on from there.
      const start = base + firstSlot * headDim;
      const again = start + (seam - pinnedCount) * stride - capacity * headDim;
      const q = head * headDim;
      if (pinned !== undefined) this.#scorePinned(pinned, head, pinnedCount, query, q);
      this.#score(ring.keys, start, stride, query, q, headDim, pinnedCount, seam);
      this.#score(ring.keys, again, stride, query, q, headDim, seam, count);
      const scaled = ring.keyScales.length > 0;
      if (scaled) this.#multiply(ring, ring.keyScales, head, firstSlot, pinnedCount, count);
      if (ring.maskedSlots > 0) this.#dropMasked(ring, firstSlot, step, pinnedCount, count);
      if (pinned !== undefined) this.#dropRepeated(pinned, pinnedCount, position - left * step, step, count);
      this.#softmax(pinned, pinnedCount, Math.floor(position / step) - left, count);
      const scale = f(1 / (this.#lanes[0] as number));
      if (weights !== undefined) {
        const prefix = pinned === undefined ? 0 : pinned.visible.length;
        const row = head * (prefix + window + lookAhead);
        for (let i = 0; i < count; i++) {
          const column = i < pinnedCount ? i : prefix + i - pinnedCount + window - 1 - left;
          weights[row + column] = f((this.#scores[i] as number) * scale);
        }
      }
      for (let at = q; at < q + headDim; at++) out[at] = 0;
      if (scaled) this.#multiply(ring, ring.valueScales, head, firstSlot, pinnedCount, count);
      if (pinned !== undefined) this.#weighPinned(pinned, head, pinnedCount, out, q);
      this.#weigh(ring.values, start, stride, headDim, out, q, pinnedCount, seam);
      this.#weigh(ring.values, again, stride, headDim, out, q, seam, count);
      for (let at = q; at < q + headDim; at++) out[at] = f((out[at] as number) * scale);
    }
  }

  #scorePinned(pinned: PinnedKeys, head: number, count: number, query: Float32Array, q: number): void {
    const { headDim, slots, keys, masked, visible } = pinned;
    for (let i = 0; i < count; i++) {
      const slot = visible[i] as number;
      const key = (head * slots + slot) * headDim;
      let sum = 0;
      for (let c = 0; c < headDim; c++) sum = f(sum + f((query[q + c] as number) * (keys[key + c] as number)));
      this.#scores[i] = masked[slot] === 1 ? Number.NEGATIVE_INFINITY : sum;
    }
  }

  /** scores[i] = q · key, for i = from .. to - 1 and keys `stride` apart from `start` on; four side by side. */
  #score(
    keys: CacheNumbers,
    start: number,
    stride: number,
    query: Float32Array,
    q: number,
    headDim: number,
    from: number,
    to: number,
  ): void {
    const scores = this.#scores;
    let i = from;
    let k0 = start;
    for (; i + 4 <= to; i += 4, k0 += 4 * stride) {
      const k1 = k0 + stride;
      const k2 = k1 + stride;
      const k3 = k2 + stride;
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
    for (; i < to; i++, k0 += stride) {
      let sum = 0;
      for (let c = 0; c < headDim; c++) sum = f(sum + f((query[q + c] as number) * (keys[k0 + c] as number)));
      scores[i] = sum;
    }
  }

  /** Multiplies scores or weights `from` .. `to` − 1, the first of which is that of `firstSlot`, by their `scales`. */
  #multiply(
    { capacity, dilation }: KeyRing,
    scales: Float32Array,
    head: number,
    firstSlot: number,
    from: number,
    to: number,
  ): void {
    const base = head * capacity;
    const step = dilation[head] as number;
    let slot = firstSlot;
    for (let i = from; i < to; i++) {
      this.#scores[i] = f((this.#scores[i] as number) * (scales[base + slot] as number));
      slot += step;
      if (slot >= capacity) slot -= capacity;
    }
  }

  #dropMasked(ring: KeyRing, firstSlot: number, step: number, from: number, to: number): void {
    let slot = firstSlot;
    for (let i = from; i < to; i++) {
      if (ring.masked[slot] === 1) this.#scores[i] = Number.NEGATIVE_INFINITY;
      slot += step;
      if (slot >= ring.capacity) slot -= ring.capacity;
    }
  }

  /** Takes pinned keys out of the window, whose first key stands at `first` and at scores[pinnedCount]. */
  #dropRepeated(pinned: PinnedKeys, pinnedCount: number, first: number, step: number, count: number): void {
    for (let i = 0; i < pinnedCount; i++) {
      const offset = (pinned.positions[pinned.visible[i] as number] as number) - first;
      if (offset < 0 || offset % step !== 0) continue;
      const at = pinnedCount + offset / step;
      if (at < count) this.#scores[at] = Number.NEGATIVE_INFINITY;
    }
  }

  /** Replaces scores by e^(score − max); their canonical sum is then in lane 0. `first` is the lane of the first window key before mod 32. */
  #softmax(pinned: PinnedKeys | undefined, pinnedCount: number, first: number, count: number): void {
    const scores = this.#scores;
    const lanes = this.#lanes;
    let max = scores[0] as number;
    for (let i = 1; i < count; i++) if ((scores[i] as number) > max) max = scores[i] as number;
    for (let i = 0; i < count; i++) scores[i] = (scores[i] as number) - max;
    arithmetic.expAll(scores, count);
    lanes.fill(0);
    if (pinned !== undefined) {
      for (let i = 0; i < pinnedCount; i++) {
        const lane = (pinned.positions[pinned.visible[i] as number] as number) % KEY_BLOCK;
        lanes[lane] = f((lanes[lane] as number) + (scores[i] as number));
      }
    }
    for (let i = pinnedCount; i < count; i++) {
      const lane = (first + i - pinnedCount) % KEY_BLOCK;
      lanes[lane] = f((lanes[lane] as number) + (scores[i] as number));
    }
    joinLanes(lanes, KEY_BLOCK);
  }

  #weighPinned(pinned: PinnedKeys, head: number, count: number, out: Float32Array, to: number): void {
    const { headDim, slots, values, visible } = pinned;
    for (let i = 0; i < count; i++) {
      const weight = this.#scores[i] as number;
      const from = (head * slots + (visible[i] as number)) * headDim;
      for (let c = 0; c < headDim; c++) {
        out[to + c] = f((out[to + c] as number) + f(weight * (values[from + c] as number)));
      }
    }
  }

  /** Adds Σ weight_i value_i to `out` `[headDim]` at `to`, for i = from .. end - 1; eight channels side by side. */
  #weigh(
    values: CacheNumbers,
    start: number,
    stride: number,
    headDim: number,
    out: Float32Array,
    to: number,
    from: number,
    end: number,
  ): void {
    const scores = this.#scores;
    let c = 0;
    for (; c + 8 <= headDim; c += 8) {
      const o = to + c;
      let a0 = out[o] as number;
      let a1 = out[o + 1] as number;
      let a2 = out[o + 2] as number;
      let a3 = out[o + 3] as number;
      let a4 = out[o + 4] as number;
      let a5 = out[o + 5] as number;
      let a6 = out[o + 6] as number;
      let a7 = out[o + 7] as number;
      let at = start + c;
      for (let i = from; i < end; i++, at += stride) {
        const weight = scores[i] as number;
        a0 = f(a0 + f(weight * (values[at] as number)));
        a1 = f(a1 + f(weight * (values[at + 1] as number)));
        a2 = f(a2 + f(weight * (values[at + 2] as number)));
        a3 = f(a3 + f(weight * (values[at + 3] as number)));
        a4 = f(a4 + f(weight * (values[at + 4] as number)));
        a5 = f(a5 + f(weight * (values[at + 5] as number)));
        a6 = f(a6 + f(weight * (values[at + 6] as number)));
        a7 = f(a7 + f(weight * (values[at + 7] as number)));
      }
      out[o] = a0;
      out[o + 1] = a1;
      out[o + 2] = a2;
      out[o + 3] = a3;
      out[o + 4] = a4;
      out[o + 5] = a5;
      out[o + 6] = a6;
      out[o + 7] = a7;
    }
    for (; c < headDim; c++) {
      let sum = out[to + c] as number;
      let at = start + c;
      for (let i = from; i < end; i++, at += stride) sum = f(sum + f((scores[i] as number) * (values[at] as number)));
      out[to + c] = sum;
    }
  }
}
