import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LshConfig, ReformerConfig, ResolvedReformerConfig } from '../../../models/index.ts';
import { arbitraryTokens, bits, finish } from '../../checks/encoder-family.ts';
import { largestDifference } from '../longformer/dense-oracle.ts';
import { offlineCandidates, recencyCandidates } from './dense-candidates.ts';
import { createRandomReformer } from './reformer-family.ts';

type Lsh = NonNullable<ResolvedReformerConfig['lsh']>;

const SHAPE = { inputSize: 3, hiddenSize: 8, numHeads: 2, layers: ['lsh'] } as const;
const FULL = { horizon: 64, depth: 64, fallback: 0 };
const seeds = fc.nat({ max: 1e6 });
const arbitraryTable = fc.record({
  numBuckets: fc.constantFrom<LshConfig['numBuckets']>(2, 8, [4, 2]),
  numHashes: fc.integer({ min: 1, max: 4 }),
});

function withLsh(lsh: LshConfig): ReformerConfig {
  return { ...SHAPE, lsh };
}

/** One round over a sequence of whole chunks: buckets of its tokens, and how it is cut. */
const arbitraryRound = fc
  .record({
    chunkLength: fc.integer({ min: 1, max: 6 }),
    chunks: fc.integer({ min: 1, max: 9 }),
    chunksBefore: fc.integer({ min: 0, max: 3 }),
    numBuckets: fc.constantFrom(1, 2, 3, 8),
    wrap: fc.constantFrom('masked' as const, 'circular' as const),
  })
  .chain((round) => {
    const length = round.chunkLength * round.chunks;
    const buckets = fc.array(fc.nat({ max: round.numBuckets - 1 }), { minLength: length, maxLength: length });
    return buckets.map((row) => ({ ...round, row }));
  });

/** Place of token `t` in the stable order of all tokens by bucket. */
function rankOf(row: readonly number[], t: number): number {
  const own = row[t] as number;
  return row.filter((bucket, j) => bucket < own || (bucket === own && j < t)).length;
}

describe('what the sorted chunks show of a token’s own bucket (structure theorem)', () => {
  it('is exactly the latest before · L + (rank mod L) earlier tokens', () => {
    fc.assert(
      fc.property(arbitraryRound, ({ row, wrap, ...cut }) => {
        const masked = row.map(() => false);
        const lsh = { ...cut, chunksAfter: 0, numHashes: 1 } as unknown as Lsh;
        const seen = offlineCandidates(lsh, { buckets: [row], masked }, { causal: true, wrap });
        row.forEach((bucket, t) => {
          const same = [...new Set(seen[t])].filter((j) => row[j] === bucket).sort((a, b) => a - b);
          const earlier = row.flatMap((other, j) => (j < t && other === bucket ? [j] : []));
          // A sequence of one chunk is not cut.
          const isCut = row.length > cut.chunkLength;
          const count = cut.chunksBefore * cut.chunkLength + (rankOf(row, t) % cut.chunkLength);
          expect(same).toEqual(isCut ? earlier.slice(Math.max(0, earlier.length - count)) : earlier);
        });
      }),
      { numRuns: 1500 },
    );
  });

  it('is what bucket recency shows while a bucket holds no more than L earlier tokens', () => {
    let compared = 0;
    fc.assert(
      fc.property(arbitraryRound, ({ row, wrap, ...cut }) => {
        const masked = row.map(() => false);
        const lsh = { ...cut, chunksBefore: 1, chunksAfter: 0, numHashes: 1, combine: 'lse' } as unknown as Lsh;
        const recent = { ...lsh, depth: cut.chunkLength, horizon: row.length, fallback: 0 };
        const seen = offlineCandidates(lsh, { buckets: [row], masked }, { causal: true, wrap });
        row.forEach((bucket, t) => {
          if (row.filter((other, j) => j < t && other === bucket).length > cut.chunkLength) return;
          const same = [...new Set(seen[t])].filter((j) => row[j] === bucket).sort((a, b) => a - b);
          expect(recencyCandidates(recent, { buckets: [row], masked }, t)).toEqual(same);
          compared += 1;
        });
      }),
      { numRuns: 500 },
    );
    expect(compared).toBeGreaterThan(1000);
  });
});

describe('the rules of an LSH layer', () => {
  it('by the prefix: a token gets what the offline rule gives it when the sequence ends with it', () => {
    fc.assert(
      fc.property(
        arbitraryTable,
        fc.record({ chunkLength: fc.integer({ min: 1, max: 7 }), chunksBefore: fc.integer({ min: 0, max: 2 }) }),
        fc.tuple(
          seeds,
          arbitraryTokens(3, 40),
          fc.array(fc.constantFrom(0, 1, 1, 1), { minLength: 40, maxLength: 40 }),
        ),
        (table, cut, [seed, tokens, codes]) => {
          const kinds = Uint8Array.from(codes);
          const streaming = createRandomReformer(withLsh({ ...table, ...cut, ...FULL, rule: 'prefix-exact' }), seed);
          const offline = createRandomReformer(withLsh({ ...table, ...cut, ...FULL, rule: 'offline' }), seed);
          const streamed = finish(streaming.open(), { tokens, kinds });
          for (const t of [0, 3, 11, 24, 39]) {
            if (kinds[t] === 0) continue;
            const prefix = { tokens: tokens.subarray(0, 3 * (t + 1)), kinds: kinds.subarray(0, t + 1) };
            const last = offline.encodeSequence(prefix).encodings.subarray(16 * t);
            expect(largestDifference([...last], streamed.subarray(16 * t, 16 * (t + 1)))).toBeLessThan(2e-5);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('all come to full attention where they show everything', () => {
    fc.assert(
      fc.property(arbitraryTable, seeds, arbitraryTokens(3, 30), (table, seed, tokens) => {
        const chunk = { ...table, ...FULL, chunkLength: 32 };
        const encode = (lsh: LshConfig): Float32Array =>
          finish(createRandomReformer(withLsh(lsh), seed).open(), { tokens });
        const whole = [...encode({ ...chunk, rule: 'offline' })];
        expect(whole).toHaveLength(30 * 16);
        expect(largestDifference(whole, encode({ ...chunk, rule: 'prefix-exact' }))).toBeLessThan(2e-5);
        const all = { ...chunk, rule: 'bucket-recency', combine: 'union', fallback: 64 } as const;
        expect(largestDifference(whole, encode(all))).toBeLessThan(2e-5);
      }),
      { numRuns: 60 },
    );
  });

  it.each(['bucket-recency', 'prefix-exact'] as const)(
    '%s: a token that sees nothing, for the first or because all before it is masked, gives the same finite bits',
    (rule) => {
      fc.assert(
        fc.property(
          fc.record({ seed: seeds, before: fc.integer({ min: 1, max: 40 }), fallback: fc.constantFrom(0, 3) }),
          arbitraryTokens(3, 41),
          ({ seed, before, fallback }, tokens) => {
            const lsh = { numBuckets: 4, numHashes: 2, chunkLength: 4, horizon: 16, fallback, rule };
            const encoder = createRandomReformer({ ...SHAPE, layers: ['lsh', 'local', 'lsh'], lsh }, seed);
            const last = tokens.subarray(3 * before, 3 * (before + 1));
            const alone = finish(encoder.open(), { tokens: last });
            const kinds = new Uint8Array(before + 1);
            kinds[before] = 1;
            const behind = finish(encoder.open(), { tokens: tokens.subarray(0, 3 * (before + 1)), kinds });
            expect(behind.every(Number.isFinite)).toBe(true);
            expect(bits(behind.subarray(16 * before))).toBe(bits(alone));
          },
        ),
        { numRuns: 60 },
      );
    },
  );
});
