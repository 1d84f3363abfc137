import { RecencyBuckets } from '../../../models/reformer/recency-buckets.ts';
import type { LshSetting } from '../setting.ts';
import type { CandidateRule } from './candidate-rule.ts';
import { bucketsOf, type HashedTokens } from './hashed-tokens.ts';

/** The rule `bucket-recency` of a stream, over the library's buckets. */
export class RecencyRule implements CandidateRule {
  readonly most: number;
  readonly #setting: LshSetting;
  readonly #hashed: HashedTokens;
  readonly #buckets: RecencyBuckets;
  readonly #depth: number;

  constructor(setting: LshSetting, hashed: HashedTokens) {
    const { horizon, rounds, depth, fallback } = setting;
    this.#setting = setting;
    this.#hashed = hashed;
    this.#depth = Math.min(depth, horizon);
    this.#buckets = new RecencyBuckets({ ...hashed, horizon });
    this.most = rounds * this.#depth + fallback;
  }

  list(head: number, t: number, into: Int32Array): number {
    const { horizon, rounds, fallback, combine } = this.#setting;
    const own = bucketsOf(this.#hashed, t);
    const rule = { oldest: Math.max(0, t - horizon), depth: this.#depth, slots: horizon };
    const seen = new Set<number>();
    let count = 0;
    for (let round = 0; round < rounds; round++) {
      const table = head * rounds + round;
      const found = this.#buckets.collect(table, own[table] as number, rule, into, count);
      for (let i = count, end = count + found; i < end; i++) {
        const position = latestIn(into[i] as number, t, horizon);
        if (combine === 'lse' || !seen.has(position)) into[count++] = position;
        seen.add(position);
      }
    }
    for (let back = 1; back <= Math.min(fallback, t); back++) if (!seen.has(t - back)) into[count++] = t - back;
    return count;
  }

  file(t: number): void {
    this.#buckets.file(t, bucketsOf(this.#hashed, t));
  }
}

/** The latest position before `t` that lies in a slot. */
function latestIn(slot: number, t: number, horizon: number): number {
  return t - 1 - ((((t - 1 - slot) % horizon) + horizon) % horizon);
}
