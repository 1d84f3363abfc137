import { arithmetic, type SnapshotReader, type SnapshotWriter } from '../../../core/index.ts';

const KEY_TOKENS = 4;
const BANDWIDTH = 0.05;
const MIN_WEIGHT_LOG = -8;

/**
 * "What came next, the last times it looked like this": softmax attention of the latest four values over the earlier fours,
 * exp(-‖key_j - key_t‖² / (4 · 0.05)), with the value that followed each as its value. Terms below e^-8 of the largest are
 * dropped. O(capacity) per prediction, nothing allocated.
 */
export class InductionAttention {
  readonly #capacity: number;
  /** The latest values, oldest first; when full, the kept ones move to the front. */
  readonly #values: Float64Array;
  readonly #scores: Float64Array;
  #length = 0;

  /** @param capacity values looked back on */
  constructor(capacity: number) {
    this.#capacity = Math.max(capacity, 4 * KEY_TOKENS);
    this.#values = new Float64Array(2 * this.#capacity);
    this.#scores = new Float64Array(this.#capacity);
  }

  get stateBytes(): number {
    return this.#values.byteLength + this.#scores.byteLength;
  }

  observe(value: number): void {
    if (this.#length === this.#values.length) {
      this.#values.copyWithin(0, this.#length - this.#capacity, this.#length);
      this.#length = this.#capacity;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** The value `back` values ago; 1 is the latest. */
  lag(back: number): number {
    return this.#values[this.#length - back] as number;
  }

  /** What followed the fours most like the latest four; the latest value while there are none. */
  predict(): number {
    const values = this.#values;
    const scores = this.#scores;
    const query = this.#length - KEY_TOKENS;
    const first = Math.max(0, this.#length - this.#capacity);
    const last = query - KEY_TOKENS;
    if (last < first) return this.lag(1);
    let best = Number.NEGATIVE_INFINITY;
    for (let at = first; at <= last; at++) {
      let sum = 0;
      for (let k = 0; k < KEY_TOKENS; k++) {
        const difference = (values[at + k] as number) - (values[query + k] as number);
        sum += difference * difference;
      }
      const score = -sum / (KEY_TOKENS * BANDWIDTH);
      scores[at - first] = score;
      if (score > best) best = score;
    }
    let weight = 0;
    let value = 0;
    for (let at = first; at <= last; at++) {
      const relative = (scores[at - first] as number) - best;
      if (relative < MIN_WEIGHT_LOG) continue;
      const share = arithmetic.exp(relative);
      weight += share;
      value += share * (values[at + KEY_TOKENS] as number);
    }
    return value / weight;
  }

  save(writer: SnapshotWriter): void {
    writer.array(this.#values.slice(Math.max(0, this.#length - this.#capacity), this.#length));
  }

  load(reader: SnapshotReader): void {
    const values = reader.float64Array().subarray(0, this.#capacity);
    this.#values.set(values);
    this.#length = values.length;
  }
}
