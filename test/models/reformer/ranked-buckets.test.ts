import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RankedBuckets } from '../../../models/reformer/ranked-buckets.ts';
import { arbitraryBucketStream, type BucketStream, remembered } from './arbitrary-tokens-in-buckets.ts';

const rules = fc.record({
  chunkLength: fc.integer({ min: 1, max: 5 }),
  before: fc.integer({ min: 0, max: 3 }),
  after: fc.integer({ min: 0, max: 2 }),
});
type Rule = Parameters<RankedBuckets['see']>[2];

function file(
  buckets: RankedBuckets,
  { tokens, masked }: BucketStream,
  from: number,
  to = tokens.length,
): RankedBuckets {
  for (let t = from; t < to; t++) buckets.file(t, Int32Array.from(tokens[t] as number[]), masked[t] as boolean);
  return buckets;
}

/** What a next token of each table and bucket sees. */
function seen(buckets: RankedBuckets, rule: Rule): number[][] {
  const { heads, rounds, numBuckets, horizon } = buckets.shape;
  const into = new Float64Array(horizon + 2).fill(Number.NaN);
  return Array.from({ length: heads * rounds * numBuckets }, (_, i) => {
    const count = buckets.see(Math.floor(i / numBuckets), i % numBuckets, rule, into, 1);
    return [...into.subarray(1, 1 + count)];
  });
}

/** The same by a stable sort of all that is remembered and the next token itself. */
function expected(stream: BucketStream, next: number, { chunkLength, before, after }: Rule): number[][] {
  const { heads, rounds, numBuckets } = stream.shape;
  return Array.from({ length: heads * rounds * numBuckets }, (_, i) => {
    const bucketOf = (j: number): number =>
      j === next ? i % numBuckets : (stream.tokens[j]?.[Math.floor(i / numBuckets)] as number);
    const sorted = [...remembered(stream, next), next].sort((a, b) => bucketOf(a) - bucketOf(b) || a - b);
    const rank = sorted.indexOf(next);
    const chunk = Math.floor(rank / chunkLength);
    const behind = sorted.slice(Math.max(0, (chunk - before) * chunkLength), rank);
    return [...behind.reverse(), ...sorted.slice(rank + 1, (chunk + 1 + after) * chunkLength)];
  });
}

describe('buckets in sorted order', () => {
  it('show what a stable sort shows, nearest first, at every moment of a stream', () => {
    fc.assert(
      fc.property(arbitraryBucketStream, rules, (stream, rule) => {
        const buckets = new RankedBuckets(stream.shape);
        for (let t = 0; t <= stream.tokens.length; t++) {
          expect(seen(buckets, rule)).toEqual(expected(stream, t, rule));
          if (t < stream.tokens.length) file(buckets, stream, t, t + 1);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('count what lies in each bucket', () => {
    fc.assert(
      fc.property(arbitraryBucketStream, (stream) => {
        const { heads, rounds, numBuckets } = stream.shape;
        const loads = new Array<number>(heads * rounds * numBuckets).fill(0);
        for (const j of remembered(stream, stream.tokens.length)) {
          stream.tokens[j]?.forEach((bucket, table) => {
            loads[table * numBuckets + bucket] = (loads[table * numBuckets + bucket] as number) + 1;
          });
        }
        expect([...file(new RankedBuckets(stream.shape), stream, 0).loads]).toEqual(loads);
      }),
      { numRuns: 100 },
    );
  });

  it('go from one structure to another by read and write, or as a copy, and go on as the first', () => {
    fc.assert(
      fc.property(arbitraryBucketStream, fc.nat({ max: 60 }), rules, (stream, at, rule) => {
        const cut = Math.min(at, stream.tokens.length);
        const first = file(new RankedBuckets(stream.shape), stream, 0, cut);
        const restored = new RankedBuckets(stream.shape);
        expect(restored.write(cut, first.read())).toBe(true);
        const copy = new RankedBuckets(stream.shape);
        copy.copyFrom(first);
        for (const buckets of [first, restored, copy]) {
          file(buckets, stream, cut);
          expect(seen(buckets, rule)).toEqual(expected(stream, stream.tokens.length, rule));
          expect(buckets.read()).toEqual(first.read());
        }
      }),
      { numRuns: 150 },
    );
  });

  it('refuse a bucket that there is not', () => {
    fc.assert(
      fc.property(
        arbitraryBucketStream,
        fc.nat(),
        fc.constantFrom(-2, 2 ** 31 - 1, -(2 ** 31)),
        (stream, at, value) => {
          const next = stream.tokens.length;
          const buckets = file(new RankedBuckets(stream.shape), stream, 0).read();
          for (const wrong of [value, stream.shape.numBuckets]) {
            const forged = buckets.slice();
            forged[at % forged.length] = wrong;
            expect(new RankedBuckets(stream.shape).write(next, forged)).toBe(false);
          }
          expect(new RankedBuckets(stream.shape).write(next, buckets.subarray(1))).toBe(false);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('never walk for ever, nor beyond the horizon, through whatever buckets they take', () => {
    const shape = { heads: 1, rounds: 2, numBuckets: 4, horizon: 5 };
    const contents = fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(contents, fc.integer({ min: 0, max: 14 }), rules, (row, next, rule) => {
        const buckets = new RankedBuckets(shape);
        expect(buckets.write(next, Int32Array.from(row))).toBe(true);
        for (let t = next; t < next + 12; t++) {
          for (const positions of seen(buckets, rule)) {
            expect(new Set(positions).size).toBe(positions.length);
            expect(positions.every((position) => position < t && position >= t - shape.horizon)).toBe(true);
          }
          buckets.file(t, Int32Array.of(t % 4, 0), t % 3 === 0);
        }
      }),
      { numRuns: 300 },
    );
  });
});
