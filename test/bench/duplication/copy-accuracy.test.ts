import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyAccuracy } from '../../../bench/duplication/copy-accuracy.ts';
import { duplicationSequence } from '../../../bench/duplication/duplication-data.ts';
import { ConfigError, Random, ShapeError } from '../../../core/index.ts';

const OUTPUTS = 128;

/** Scores that are highest, at every token, for the id that `next` gives. */
const scoring =
  (next: (ids: Float32Array, t: number) => number) =>
  (ids: Float32Array): Float32Array => {
    const scores = new Float32Array(ids.length * OUTPUTS);
    ids.forEach((_, t) => {
      scores[t * OUTPUTS + next(ids, t)] = 1;
    });
    return scores;
  };

const random = new Random(2);
const sequences = Array.from({ length: 20 }, () => duplicationSequence(random, 32));

describe('a sequence of the duplication task', () => {
  it('is 0, a word, 0 and the same word', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.integer(), (half, seed) => {
        const ids = duplicationSequence(new Random(seed), 2 * half);
        expect(ids).toHaveLength(2 * half);
        expect(ids.subarray(0, half)).toEqual(ids.subarray(half));
        expect(ids.indexOf(0)).toBe(0);
        expect(ids.indexOf(0, 1)).toBe(half);
        expect(ids.every((id) => Number.isInteger(id) && id <= 127)).toBe(true);
      }),
    );
  });

  it('draws every one of the 127 symbols about equally often', () => {
    const ids = duplicationSequence(new Random(1), 60_000);
    const counts = new Int32Array(128);
    for (const id of ids.subarray(1, 30_000)) counts[id] = (counts[id] as number) + 1;
    expect(counts[0]).toBe(0);
    // 236 on average, standard deviation 15.
    for (const count of counts.subarray(1)) expect(Math.abs(count - 236)).toBeLessThan(75);
  });

  it('comes from its seed alone', () => {
    expect(duplicationSequence(new Random(3), 64)).toEqual(duplicationSequence(new Random(3), 64));
    expect(duplicationSequence(new Random(3), 64)).not.toEqual(duplicationSequence(new Random(4), 64));
  });

  it.each([[7], [2], [0], [65_538], [Number.NaN]])('refuses a length of %d', (length) => {
    expect(() => duplicationSequence(new Random(1), length)).toThrow(ConfigError);
  });
});

describe('accuracy on the second word', () => {
  it('is 1 for who copies the first', () => {
    // One back by half a sequence, one on.
    const copying = scoring((ids, t) => ids[(t + 1) % (ids.length / 2)] as number);
    expect(copyAccuracy(copying, sequences)).toEqual({ predictions: 20 * 15, accuracy: 1 });
  });

  it('needs nothing right in the first word, nor behind the last symbol', () => {
    const half = scoring((ids, t) => (t >= 16 && t < 31 ? (ids[t - 15] as number) : 0));
    expect(copyAccuracy(half, sequences).accuracy).toBe(1);
  });

  it('is at chance for who copies with a shift', () => {
    const shifted = scoring((ids, t) => ids[t % (ids.length / 2)] as number);
    expect(copyAccuracy(shifted, sequences).accuracy).toBeLessThan(0.05);
  });

  it('is the share of the symbols that are right', () => {
    const once = scoring((ids, t) => (t === 16 ? (ids[1] as number) : 0));
    expect(copyAccuracy(once, sequences).accuracy).toBeCloseTo(1 / 15, 12);
  });

  it('refuses scores that are not one row a token, and no sequence at all', () => {
    expect(() => copyAccuracy(() => new Float32Array(31), sequences)).toThrow(ShapeError);
    expect(() =>
      copyAccuracy(
        scoring(() => 0),
        [],
      ),
    ).toThrow('at least one sequence');
  });
});
