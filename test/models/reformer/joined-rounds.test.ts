import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CandidateAttention, type KeyTable } from '../../../models/kernels/reference/index.ts';
import { arbitraryTokens } from '../../checks/encoder-family.ts';
import { dot } from '../longformer/dense-math.ts';

const HEAD = 4;
const SLOTS = 24;

/** One softmax: its output, and the logarithm of its denominator. */
function softmax(table: KeyTable, query: readonly number[], list: readonly number[]): { out: number[]; log: number } {
  const row = (of: KeyTable['keys'], slot: number): number[] => Array.from(of.subarray(slot * HEAD, (slot + 1) * HEAD));
  const weights = list.map((slot) => Math.exp(dot(query, row(table.keys, slot))));
  const sum = weights.reduce((a, b) => a + b);
  const out = query.map((_, c) =>
    list.reduce((all, slot, i) => all + ((weights[i] as number) / sum) * (row(table.values, slot)[c] as number), 0),
  );
  return { out, log: Math.log(sum) };
}

const rounds = fc.array(fc.uniqueArray(fc.nat({ max: SLOTS - 1 }), { minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 4,
});
const numbers = fc.tuple(arbitraryTokens(HEAD, 1), arbitraryTokens(HEAD, SLOTS), arbitraryTokens(HEAD, SLOTS));

describe('hash rounds joined by log-sum-exp', () => {
  it('are one softmax over the multiset of what they show', () => {
    let worst = 0;
    fc.assert(
      fc.property(rounds, numbers, (lists, [query, keys, values]) => {
        const table = { headDim: HEAD, slots: SLOTS, keys: keys.map((k) => k / 20), values: values.map((v) => v / 20) };
        const q = Array.from(query);
        const parts = lists.map((list) => softmax(table, q, list));
        const total = Math.log(parts.reduce((sum, { log }) => sum + Math.exp(log), 0));
        const joined = q.map((_, c) =>
          parts.reduce((sum, { out, log }) => sum + Math.exp(log - total) * (out[c] as number), 0),
        );
        const attention = new CandidateAttention(48);
        attention.list.set(lists.flat());
        const out = new Float32Array(HEAD);
        attention.apply(table, 0, lists.flat().length, query, out);
        joined.forEach((value, c) => {
          worst = Math.max(worst, Math.abs(value - (out[c] as number)));
        });
        expect(worst).toBeLessThan(2e-5);
      }),
      { numRuns: 500 },
    );
    console.log(`rounds joined by log-sum-exp: largest difference ${worst.toExponential(2)}`);
  });
});
