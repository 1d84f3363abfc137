import { CandidateAttention } from '../../../models/kernels/reference/index.ts';
import { RingTable } from '../../../models/reformer/ring-table.ts';
import { listSorted, type SightRule, type SortedBuckets, sortBuckets } from '../../../models/reformer/sorted-chunks.ts';
import type { LshSetting } from '../setting.ts';
import type { HeadVectors } from '../vectors.ts';
import type { CandidateRule } from './candidate-rule.ts';
import type { HashedTokens } from './hashed-tokens.ts';
import { CHUNKS_BEFORE } from './prefix-rule.ts';

/**
 * The offline rule of Hugging Face: the whole sequence, which is whole chunks, sorted by bucket and cut, ends meeting. It
 * needs all tokens, later ones too, to say what one sees.
 */
export class OfflineRule implements CandidateRule {
  readonly most: number;
  readonly #length: number;
  readonly #rounds: number;
  readonly #sorted: SortedBuckets;
  readonly #sight: SightRule;
  readonly #attention: CandidateAttention;
  readonly #keys: RingTable;

  constructor(setting: LshSetting, { count, queries }: HeadVectors, { heads, hash }: HashedTokens) {
    const { rounds, chunkLength } = setting;
    this.#length = count;
    this.#rounds = rounds;
    this.most = rounds * (CHUNKS_BEFORE + 1) * chunkLength;
    this.#keys = new RingTable({ heads, headDim: 0, slots: count });
    this.#attention = new CandidateAttention(this.most);
    const shape = { heads, rounds, length: count, paddingBucket: false };
    this.#sorted = sortBuckets(shape, hash, queries, this.#keys.masked);
    const chunks = {
      before: CHUNKS_BEFORE,
      after: 0,
      count: (rounds * count) / chunkLength,
      wrap: 'circular',
    } as const;
    this.#sight = { chunks: { ...chunks, chunkLength }, causal: true };
  }

  list(head: number, t: number, into: Int32Array): number {
    const found = { attention: this.#attention, keys: this.#keys };
    let count = 0;
    for (let round = 0; round < this.#rounds; round++) {
      const place = { table: head * this.#rounds + round, round, t, length: this.#length };
      count = listSorted(this.#sorted, place, this.#sight, found, count);
    }
    into.set(this.#attention.list.subarray(0, count));
    return count;
  }

  file(): void {}
}
