import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LongformerConfig } from '../../../models/index.ts';
import { arbitraryConfig } from './arbitrary-config.ts';
import { type DenseInput, denseLongformer, denseReadout, largestDifference } from './dense-oracle.ts';
import { arbitraryInput, createRandom } from './longformer-family.ts';

const TWO_WAY: LongformerConfig = {
  ...{ inputSize: 2, hiddenSize: 8, numLayers: 2, numHeads: 2, window: 3, lookAhead: 2, globalProjections: true },
};

/** Configurations whose tokens may be global both ways. */
const twoWayConfig = arbitraryConfig.map((config) => ({ ...config, sinks: 0, globals: 0, globalProjections: true }));

/** Sequences of an encoder with kinds, and where its tables allow it types and positions. */
function arbitrarySequence(
  encoder: ReturnType<typeof createRandom>,
  kind: fc.Arbitrary<number>,
): fc.Arbitrary<DenseInput> {
  const { typeVocabSize, maxPositions } = encoder.config;
  return fc.integer({ min: 1, max: 45 }).chain((count) => {
    const exactly = { minLength: count, maxLength: count };
    const rows = (size: number): fc.Arbitrary<number[] | undefined> =>
      size === 0 ? fc.constant(undefined) : fc.option(fc.array(fc.nat({ max: size - 1 }), exactly), { nil: undefined });
    return fc
      .tuple(arbitraryInput(encoder, count), fc.array(kind, exactly), rows(typeVocabSize), rows(maxPositions))
      .map(([input, codes, types, positions]) => ({
        // What is NaN must stay masked.
        kinds: Uint8Array.from(codes, (code, t) => (input.kinds?.[t] === 0 ? 0 : code)),
        tokens: input.tokens,
        ...(types === undefined ? {} : { types }),
        ...(positions === undefined ? {} : { positions }),
      }));
  });
}

/** Compares encodings and read-out of whole sequences with the dense oracle, and returns the largest difference. */
function worstDifference(configs: fc.Arbitrary<LongformerConfig>, kind: fc.Arbitrary<number>): number {
  let worst = 0;
  const cases = fc.tuple(configs, fc.nat()).chain(([config, seed]) => {
    const encoder = createRandom(config, seed);
    return arbitrarySequence(encoder, kind).map((sequence) => ({
      ...{ encoder, sequence },
      [fc.toStringMethod]: () => JSON.stringify({ config, seed, ...sequence, tokens: sequence.tokens.length }),
    }));
  });
  fc.assert(
    fc.property(cases, ({ encoder, sequence }) => {
      const dense = denseLongformer(encoder, sequence);
      const { encodings, readout } = encoder.encodeSequence(sequence);
      const summary = denseReadout(encoder, dense, Array.from(sequence.kinds ?? []));
      worst = Math.max(worst, largestDifference(dense.flat(), encodings), largestDifference(summary.flat(), readout));
      expect(worst).toBeLessThan(2e-5);
    }),
    { numRuns: 300 },
  );
  return worst;
}

describe('encodeSequence', () => {
  it('equals the dense float64 implementation with tokens that are global both ways', () => {
    const worst = worstDifference(twoWayConfig, fc.constantFrom(0, 1, 1, 1, 2));
    console.log(`two-way globals: largest difference from the dense float64 oracle ${worst.toExponential(2)}`);
  });

  it('equals it where every valid token is global', () => {
    worstDifference(twoWayConfig, fc.constantFrom(2, 2, 2, 0));
  });

  it('equals it with types and positions of its own', () => {
    const tables = arbitraryConfig.map((config) => ({ ...config, typeVocabSize: 3 }));
    worstDifference(tables, fc.constantFrom(0, 1, 1));
  });

  it('lets a two-way global see and be seen by every token, through all layers', () => {
    const encoder = createRandom({ ...TWO_WAY, numLayers: 1, window: 1, lookAhead: 0, position: 'none' }, 3);
    const tokens = new Float32Array(2 * 8).map((_, i) => Math.sin(i));
    const changed = tokens.slice();
    const kinds = Uint8Array.of(1, 1, 1, 1, 2, 1, 1, 1);
    const touched = (at: number): number[] => {
      changed.set(tokens);
      changed[2 * at] = 9;
      const [a, b] = [tokens, changed].map((rows) => encoder.encodeSequence({ tokens: rows, kinds }).encodings);
      return Array.from({ length: 8 }, (_, t) => t).filter((t) => a?.[8 * t] !== b?.[8 * t]);
    };
    expect(touched(4)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(touched(6)).toEqual([4, 6]);
  });

  it('traces probabilities that sum to 1 for local and for global queries, and to 0 for masked ones', () => {
    const encoder = createRandom(TWO_WAY, 4);
    const kinds = Uint8Array.of(2, 1, 0, 1, 1, 2, 1);
    const tokens = new Float32Array(2 * 7).map((_, i) => Math.cos(i));
    const { layers } = encoder.encodeSequence({ tokens, kinds, trace: true });
    expect(layers).toHaveLength(2);
    for (const { pinned, attention, globalAttention } of layers) {
      expect(pinned).toBe(2);
      const width = 2 + 3 + 2;
      const sum = (row: Float32Array): number => row.reduce((a, b) => a + b, 0);
      kinds.forEach((kind, t) => {
        for (let head = 0; head < 2; head++) {
          const from = (t * 2 + head) * width;
          expect(sum(attention.subarray(from, from + width))).toBeCloseTo(kind === 1 ? 1 : 0, 5);
        }
      });
      for (let row = 0; row < 4; row++) {
        const probabilities = globalAttention.subarray(row * 7, row * 7 + 7);
        expect([sum(probabilities), probabilities[2]]).toEqual([expect.closeTo(1, 5), 0]);
      }
    }
  });

  it('traces nothing unless asked', () => {
    expect(createRandom(TWO_WAY, 4).encodeSequence({ tokens: new Float32Array(4) }).layers).toEqual([]);
  });

  it.each([
    ['kinds', { kinds: Uint8Array.of(1) }, 'SHAPE_MISMATCH', '`kinds`'],
    ['kind 3', { kinds: Uint8Array.of(1, 3) }, 'TOKEN_INVALID', 'kind of token 1'],
    ['types', { types: [0] }, 'SHAPE_MISMATCH', '`types` to hold 2 numbers, got 1'],
    ['a type beyond the table', { types: [0, 2] }, 'TOKEN_INVALID', '`types[1]` to be an integer in 0..1, got 2'],
    ['positions', { positions: [0, 1, 2] }, 'SHAPE_MISMATCH', '`positions` to hold 2 numbers, got 3'],
    ['a row beyond the positions', { positions: [5, 0] }, 'TOKEN_INVALID', '`positions[0]` to be an integer in 0..4'],
    ['a fractional row', { positions: [0.5, 0] }, 'TOKEN_INVALID', '`positions[0]`'],
    ['NaN', { tokens: Float32Array.of(0, 0, 0, Number.NaN) }, 'VALUE_NOT_FINITE', 'channel 1 of token 1'],
    ['a partial row', { tokens: new Float32Array(3) }, 'SHAPE_MISMATCH', '`tokens`'],
    ['more tokens than positions', { tokens: new Float32Array(12) }, 'POSITION_EXHAUSTED', 'at most 5 tokens'],
  ])('refuses %s that do not fit', (_, change, code, message) => {
    const encoder = createRandom({ ...TWO_WAY, position: 'learned', maxPositions: 5, typeVocabSize: 2 }, 1);
    expect(() => encoder.encodeSequence({ tokens: new Float32Array(4), ...change })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('needs room for globals in the model', () => {
    const { globalProjections, ...local } = TWO_WAY;
    expect(globalProjections).toBe(true);
    const sequence = { tokens: new Float32Array(4), kinds: Uint8Array.of(1, 2) };
    expect(() => createRandom(local, 1).encodeSequence(sequence)).toThrow(
      expect.objectContaining({
        code: 'TOKEN_INVALID',
        message: expect.stringContaining('token 1 to be masked or local'),
      }),
    );
    expect(createRandom({ ...local, globals: 1 }, 1).encodeSequence(sequence).encodings).toHaveLength(16);
  });

  it('is where two-way globals belong: a stream of such a model refuses them and says so', () => {
    const stream = createRandom(TWO_WAY, 1).open();
    stream.push(new Float32Array(6));
    expect(() => stream.push(new Float32Array(4), Uint8Array.of(1, 2))).toThrow(
      expect.objectContaining({
        name: 'InputError',
        code: 'TOKEN_INVALID',
        message: expect.stringMatching(/token 4 .*global both ways need encodeSequence, got kind 2/),
      }),
    );
    expect(stream.position).toBe(3);
  });
});
