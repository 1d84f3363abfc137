import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReformerConfig, ReformerEncoder, ReformerLayerTrace } from '../../../models/index.ts';
import { arbitraryCase, bits } from '../../checks/encoder-family.ts';
import { largestDifference } from '../longformer/dense-oracle.ts';
import { arbitraryConfig } from './arbitrary-config.ts';
import { range } from './dense-candidates.ts';
import { type DenseReformer, denseReformer } from './dense-oracle.ts';
import { createRandomReformer, NEAR_TIE, reformerFamily, smallestMargin } from './reformer-family.ts';

const wholeConfigs = arbitraryConfig.filter(({ causal, lsh }) => causal === false || lsh?.rule === 'offline');
const circularConfigs: fc.Arbitrary<ReformerConfig> = arbitraryConfig
  .filter(({ layers }) => layers.includes('local'))
  .map(({ lsh: _, causal: __, ...config }) => ({
    ...config,
    layers: config.layers.map((kind) => (kind === 'lsh' ? 'local' : kind)),
    local: { ...config.local, chunksBefore: 3, chunksAfter: 0 },
    wrap: 'circular',
  }));

/** Bucket ids as they are traced, `[heads, rounds, length]`: offset by the round, masked tokens and padding behind all others. */
function idsOf(
  { config }: ReformerEncoder,
  hashes: DenseReformer['layers'][0]['hashes'],
  sequence: { readonly length: number; readonly kinds?: Uint8Array },
): number[] {
  const rounds = range(0, config.lsh?.numHashes ?? 0);
  const tokens = range(0, sequence.length);
  const isMasked = (t: number): boolean => t >= (hashes[0]?.length ?? 0) || sequence.kinds?.[t] === 0;
  const all = (config.lsh?.numBuckets ?? []).reduce((a, b) => a * b, 1);
  const step = tokens.some(isMasked) ? all + 1 : all;
  return hashes.flatMap((head) =>
    rounds.flatMap((round) =>
      tokens.map((t) => round * step + (isMasked(t) ? all : (head[t]?.buckets[round] as number))),
    ),
  );
}

/** The stable order of ids `[length]` of one round. */
function orderOf(ids: readonly number[]): number[] {
  return range(0, ids.length).sort((a, b) => (ids[a] as number) - (ids[b] as number) || a - b);
}

function expectLayer(expected: DenseReformer['layers'][0], layer: ReformerLayerTrace): void {
  // No norm stands behind the residual streams: they are as large as the input.
  const scale = Math.max(1, ...expected.x1.flat().map(Math.abs), ...expected.x2.flat().map(Math.abs));
  // A token that may see nothing in a local layer gets the sum of the values: as large as they are many.
  const sums = Math.max(1, ...expected.context.flat().map(Math.abs));
  expect(largestDifference(expected.context.flat(), layer.context)).toBeLessThan(2e-5 * sums);
  expect(largestDifference(expected.x1.flat(), layer.x1)).toBeLessThan(2e-5 * scale);
  expect(largestDifference(expected.x2.flat(), layer.x2)).toBeLessThan(2e-5 * scale);
}

describe('a finite sequence through a Reformer', () => {
  it('equals the dense float64 implementation inside, too: buckets, context and both residual streams', () => {
    let undecided = 0;
    let hashed = 0;
    fc.assert(
      fc.property(arbitraryCase({ ...reformerFamily, configs: wholeConfigs }), ({ encoder, input }) => {
        if (smallestMargin(encoder, input) < NEAR_TIE) {
          undecided += 1;
          return;
        }
        const dense = denseReformer(encoder, input);
        const { layers } = encoder.encodeSequence({ ...input, trace: true });
        layers.forEach((layer, i) => {
          const expected = dense.layers[i] as DenseReformer['layers'][0];
          expectLayer(expected, layer);
          if (layer.buckets === undefined) return;
          hashed += 1;
          const rounds = encoder.config.lsh?.numHashes ?? 0;
          const length = layer.buckets.length / (rounds * encoder.config.numHeads);
          const ids = idsOf(encoder, expected.hashes, { length, ...(input.kinds ? { kinds: input.kinds } : {}) });
          expect([...layer.buckets]).toEqual(ids);
          const order = range(0, ids.length / length).flatMap((table) =>
            orderOf(ids.slice(table * length, (table + 1) * length)).map((t) => (table % rounds) * length + t),
          );
          expect([...(layer.order ?? [])]).toEqual(order);
        });
      }),
      { numRuns: 150 },
    );
    expect(hashed).toBeGreaterThan(30);
    expect(undecided).toBeLessThan(0.05 * 150);
  });

  it('gives the same bits whether it tells what happens inside or not', () => {
    fc.assert(
      fc.property(arbitraryCase({ ...reformerFamily, configs: wholeConfigs }), ({ encoder, input }) => {
        const traced = encoder.encodeSequence({ ...input, trace: true });
        expect(bits(traced.encodings)).toBe(bits(encoder.encodeSequence(input).encodings));
      }),
      { numRuns: 60 },
    );
  });

  it('looks around its ends with `circular` also where a stream, which has none, does not', () => {
    let other = 0;
    fc.assert(
      fc.property(arbitraryCase({ ...reformerFamily, configs: circularConfigs }), ({ encoder, input }) => {
        const whole = encoder.encodeSequence(input).encodings;
        const expected = denseReformer(encoder, { ...input, isWhole: true }).encodings.flat();
        expect(largestDifference(expected, whole)).toBeLessThan(2e-5);
        if (input.kinds !== undefined) return;
        if (largestDifference(expected, reformerFamily.oracle(encoder, input)) > 1e-3) other += 1;
      }),
      { numRuns: 150 },
    );
    // Chunks that a look beyond the ends shows twice make the difference.
    expect(other).toBeGreaterThan(0);
  });

  it('numbers its buckets as if some token were masked when `paddingBucket` says so, and encodes the same', () => {
    const lsh = { numBuckets: 4, numHashes: 3, chunkLength: 4, rule: 'offline' } as const;
    const encoder = createRandomReformer({ inputSize: 3, hiddenSize: 8, numHeads: 2, layers: ['lsh'], lsh }, 5);
    const tokens = new Float32Array(24 * 3).map((_, i) => Math.sin(i * i));
    const [plain, padded] = [false, true].map((paddingBucket) =>
      encoder.encodeSequence({ tokens, trace: true, paddingBucket }),
    );
    expect(bits(padded?.encodings as Float32Array)).toBe(bits(plain?.encodings as Float32Array));
    const ids = [...(plain?.layers[0]?.buckets ?? [])];
    expect(ids).toHaveLength(2 * 3 * 24);
    expect([...(padded?.layers[0]?.buckets ?? [])]).toEqual(ids.map((id) => id + Math.floor(id / 4)));
  });

  it('refuses a global token', () => {
    const encoder = createRandomReformer({ inputSize: 1, hiddenSize: 4, numHeads: 1, layers: ['local'] }, 5);
    const sequence = { tokens: new Float32Array(3), kinds: Uint8Array.of(1, 0, 2) };
    for (const more of [{}, { trace: true }]) {
      expect(() => encoder.encodeSequence({ ...sequence, ...more })).toThrow(
        expect.objectContaining({
          name: 'InputError',
          code: 'TOKEN_INVALID',
          message: expect.stringContaining('token 2'),
        }),
      );
    }
  });
});
