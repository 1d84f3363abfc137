import { RankedBuckets } from '../../../models/reformer/ranked-buckets.ts';
import type { LshSetting } from '../setting.ts';
import type { CandidateRule } from './candidate-rule.ts';
import { bucketsOf, type HashedTokens } from './hashed-tokens.ts';

/** Chunks before the own one. */
export const CHUNKS_BEFORE = 1;

/** The rule `prefix-exact` of a stream, over the library's buckets. */
export class PrefixRule implements CandidateRule {
  readonly most: number;
  readonly #setting: LshSetting;
  readonly #hashed: HashedTokens;
  readonly #buckets: RankedBuckets;
  readonly #positions: Float64Array;

  constructor(setting: LshSetting, hashed: HashedTokens) {
    const { horizon, rounds, chunkLength } = setting;
    this.#setting = setting;
    this.#hashed = hashed;
    this.#buckets = new RankedBuckets({ ...hashed, horizon });
    this.#positions = new Float64Array(rounds * (CHUNKS_BEFORE + 1) * chunkLength);
    this.most = this.#positions.length;
  }

  list(head: number, t: number, into: Int32Array): number {
    const { rounds, chunkLength } = this.#setting;
    const own = bucketsOf(this.#hashed, t);
    const rule = { chunkLength, before: CHUNKS_BEFORE, after: 0 };
    let count = 0;
    for (let round = 0; round < rounds; round++) {
      const table = head * rounds + round;
      count += this.#buckets.see(table, own[table] as number, rule, this.#positions, count);
    }
    for (let i = 0; i < count; i++) into[i] = this.#positions[i] as number;
    return count;
  }

  file(t: number): void {
    this.#buckets.file(t, bucketsOf(this.#hashed, t), false);
  }
}
