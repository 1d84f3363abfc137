import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecencyBuckets } from '../../../models/reformer/recency-buckets.ts';
import { arbitraryBucketStream, type BucketStream, HOSTILE, remembered } from './arbitrary-tokens-in-buckets.ts';

const depths = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(500));

function file(
  buckets: RecencyBuckets,
  { tokens, masked }: BucketStream,
  from: number,
  to = tokens.length,
): RecencyBuckets {
  for (let t = from; t < to; t++) if (!masked[t]) buckets.file(t, Int32Array.from(tokens[t] as number[]));
  return buckets;
}

/** What `collect` gives for every table and bucket as positions, newest first. */
function collected(buckets: RecencyBuckets, next: number, depth: number): number[][] {
  const { heads, rounds, numBuckets, horizon } = buckets.shape;
  const into = new Int32Array(horizon + 2).fill(-7);
  return Array.from({ length: heads * rounds * numBuckets }, (_, i) => {
    const rule = { oldest: Math.max(0, next - horizon), depth, slots: horizon };
    const count = buckets.collect(Math.floor(i / numBuckets), i % numBuckets, rule, into, 1);
    return [...into.subarray(1, 1 + count)].map((slot) => next - 1 - ((next - 1 - slot + horizon) % horizon));
  });
}

/** The same from a list of all tokens. */
function expected(stream: BucketStream, next: number, depth: number): number[][] {
  const { heads, rounds, numBuckets } = stream.shape;
  return Array.from({ length: heads * rounds * numBuckets }, (_, i) =>
    remembered(stream, next)
      .filter((j) => stream.tokens[j]?.[Math.floor(i / numBuckets)] === i % numBuckets)
      .reverse()
      .slice(0, depth),
  );
}

describe('buckets by recency', () => {
  it('show the latest tokens of each bucket within the horizon, at every moment of a stream', () => {
    fc.assert(
      fc.property(arbitraryBucketStream, depths, (stream, depth) => {
        const buckets = new RecencyBuckets(stream.shape);
        for (let t = 0; t <= stream.tokens.length; t++) {
          expect(collected(buckets, t, depth)).toEqual(expected(stream, t, depth));
          if (t < stream.tokens.length) file(buckets, stream, t, t + 1);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('walk token by token as they collect', () => {
    fc.assert(
      fc.property(arbitraryBucketStream, (stream) => {
        const next = stream.tokens.length;
        const { numBuckets, horizon } = stream.shape;
        const buckets = file(new RecencyBuckets(stream.shape), stream, 0);
        const oldest = Math.max(0, next - horizon);
        const walks = collected(buckets, next, 500).map((_, i) => {
          const table = Math.floor(i / numBuckets);
          const walk: number[] = [];
          let at = buckets.newest(table, i % numBuckets, oldest);
          for (; at >= 0; at = buckets.before(table, at, oldest)) walk.push(at);
          return walk;
        });
        expect(walks).toEqual(expected(stream, next, 500));
        expect([...buckets.loads(next)]).toEqual(walks.map((walk) => walk.length));
      }),
      { numRuns: 100 },
    );
  });

  it('go from one structure to another by read and write, or as a copy, and go on as the first', () => {
    fc.assert(
      fc.property(arbitraryBucketStream, fc.nat({ max: 60 }), (stream, at) => {
        const cut = Math.min(at, stream.tokens.length);
        const first = file(new RecencyBuckets(stream.shape), stream, 0, cut);
        const [newest, before] = first.read(cut);
        const restored = new RecencyBuckets(stream.shape);
        expect(restored.write(cut, newest, before)).toBe(true);
        const copy = new RecencyBuckets(stream.shape);
        copy.copyFrom(first);
        const next = stream.tokens.length;
        for (const buckets of [first, restored, copy]) {
          file(buckets, stream, cut);
          expect(collected(buckets, next, 500)).toEqual(expected(stream, next, 500));
        }
        expect(restored.read(next)).toEqual(first.read(next));
      }),
      { numRuns: 150 },
    );
  });

  it('refuse positions that are no positions, or not before the token in whose place they stand', () => {
    fc.assert(
      fc.property(arbitraryBucketStream, fc.nat(), fc.constantFrom(...HOSTILE), (stream, at, value) => {
        const next = stream.tokens.length;
        const [newest, before] = file(new RecencyBuckets(stream.shape), stream, 0).read(next);
        const forge = (array: Float64Array, position: number): Float64Array => {
          const forged = array.slice();
          forged[at % array.length] = position;
          return forged;
        };
        const target = new RecencyBuckets(stream.shape);
        expect(target.write(next, forge(newest, value), before)).toBe(false);
        expect(target.write(next, newest, forge(before, value))).toBe(false);
        expect(target.write(next, forge(newest, next), before)).toBe(false);
        const { horizon } = stream.shape;
        const slot = (at % before.length) % horizon;
        const own = [...Array(next).keys()].filter((position) => position % horizon === slot).pop() ?? 0;
        expect(target.write(next, newest, forge(before, own))).toBe(false);
        expect(collected(target, next, 500).flat()).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('refuse arrays of another shape', () => {
    const buckets = new RecencyBuckets({ heads: 1, rounds: 2, numBuckets: 4, horizon: 3 });
    const [newest, before] = buckets.read(0);
    expect(buckets.write(0, newest, before)).toBe(true);
    expect(buckets.write(0, newest.subarray(1), before)).toBe(false);
    expect(buckets.write(0, newest, new Float64Array(7).fill(-1))).toBe(false);
  });

  it('never walk for ever through whatever chains they take', () => {
    const numbers = fc.array(fc.integer({ min: -1, max: 14 }), { minLength: 12, maxLength: 12 });
    let taken = 0;
    fc.assert(
      fc.property(numbers, numbers, fc.integer({ min: 0, max: 14 }), (heads, chains, next) => {
        const buckets = new RecencyBuckets({ heads: 1, rounds: 2, numBuckets: 4, horizon: 5 });
        const before = Float64Array.from(chains.slice(0, 10), (position, i) => (i % 2 === 0 ? -1 : position));
        if (
          !buckets.write(
            next,
            Float64Array.from(heads.slice(0, 8), (position) => position % Math.max(1, next)),
            before,
          )
        )
          return;
        taken += 1;
        for (const walk of collected(buckets, next, 1e9)) expect(walk.length).toBeLessThanOrEqual(5);
        expect(buckets.loads(next).every((load) => load <= 5)).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(20);
  });
});
