import { describe, expect, it } from 'vitest';
import {
  createLongformer,
  type LongformerConfig,
  resolveLongformerConfig,
  seededWeights,
} from '../../../models/index.ts';
import { bits } from '../../checks/encoder-family.ts';
import { createRandom } from './longformer-family.ts';

const SMALL: LongformerConfig = { inputSize: 3, hiddenSize: 16, numLayers: 2, numHeads: 2, ffnSize: 24, window: 7 };

/** Which outputs of one layer without positions change when token `at` of 12 does. */
function touched(change: Partial<LongformerConfig>, at: number, kinds?: Uint8Array): number[] {
  const encoder = createRandom({ ...SMALL, numLayers: 1, position: 'none', ...change }, 5);
  const tokens = new Float32Array(3 * 12).map((_, i) => Math.sin(i));
  const changed = tokens.slice();
  changed[3 * at] = 40;
  const run = (input: Float32Array): Float32Array => {
    const stream = encoder.open();
    const settled = stream.push(input, kinds);
    return Float32Array.from([...settled, ...stream.flush()]);
  };
  const [a, b] = [run(tokens), run(changed)];
  const row = (out: Float32Array, t: number): string => bits(out.slice(t * 16, t * 16 + 16));
  return Array.from({ length: 12 }, (_, t) => t).filter((t) => row(a, t) !== row(b, t));
}

describe('what a token of a Longformer layer sees', () => {
  it('is its window: a token is forgotten once `window` tokens have followed it', () => {
    expect(touched({ window: 4 }, 2)).toEqual([2, 3, 4, 5]);
  });

  it('reaches `lookAhead` tokens ahead', () => {
    expect(touched({ window: 1, lookAhead: 3 }, 7)).toEqual([4, 5, 6, 7]);
  });

  it('goes in steps of the dilation of each head', () => {
    expect(touched({ window: 3, dilation: 3 }, 2)).toEqual([2, 5, 8]);
    expect(touched({ window: 3, lookAhead: 1, dilation: [[2, 3]] }, 4)).toEqual([1, 2, 4, 6, 7, 8, 10]);
  });

  it('holds the first tokens for ever with `sinks`', () => {
    expect(touched({ window: 2, sinks: 2 }, 1)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(touched({ window: 2, sinks: 2 }, 2)).toEqual([2, 3]);
  });

  it('holds a global until `globals` later ones have come', () => {
    const kinds = Uint8Array.of(1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 1, 1);
    expect(touched({ window: 1, globals: 2 }, 1, kinds)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(touched({ window: 1, globals: 2 }, 7, kinds)).toEqual([7, 8, 9, 10, 11]);
  });

  it('does not take in a masked token, which goes on alone', () => {
    const kinds = Uint8Array.of(1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1);
    expect(touched({ window: 4, sinks: 4 }, 3, kinds)).toEqual([3]);
    expect(touched({ window: 4 }, 2, kinds)).toEqual([2, 4, 5]);
  });
});

describe('a masked row of a Longformer', () => {
  it('may hold an id that is not finite, which counts as 0', () => {
    const encoder = createRandom({ ...SMALL, inputSize: 1, input: 'ids', vocabSize: 4 }, 1);
    const kinds = Uint8Array.of(1, 0);
    const [strange, zero] = [Number.NaN, 0].map((id) => encoder.open().push(Float32Array.of(2, id), kinds));
    expect(bits(strange as Float32Array)).toBe(bits(zero as Float32Array));
  });
});

describe('learned positions that run out', () => {
  const config: LongformerConfig = {
    ...{ ...SMALL, inputSize: 1, input: 'ids', vocabSize: 4, padId: 0 },
    ...{ position: 'learned', maxPositions: 4 },
  };

  it('are not taken by padding, written as 0 or as a masked row that is not finite', () => {
    const stream = createRandom(config, 1).open();
    stream.push(Float32Array.of(0, 2, 0, 2, 2, 0));
    stream.push(Float32Array.of(0, Number.NaN), Uint8Array.of(1, 0));
    expect(() => stream.push(Float32Array.of(0, 2))).toThrow(
      expect.objectContaining({
        code: 'POSITION_EXHAUSTED',
        message: expect.stringContaining('at most 3 tokens'),
      }),
    );
    expect(stream.position).toBe(8);
  });
});

describe('createLongformer', () => {
  it('gives the same bits and hash for the same seed, others for another', () => {
    const tokens = new Float32Array(9).fill(0.5);
    const outcome = (seed: number): readonly string[] => {
      const encoder = createLongformer(SMALL, { seed });
      return [encoder.modelHash, bits(encoder.open().push(tokens))];
    };
    expect(outcome(4)).toEqual(outcome(4));
    expect(outcome(4)[0]).not.toBe(outcome(5)[0]);
    expect(outcome(4)[1]).not.toBe(outcome(5)[1]);
  });

  it('hashes weights and every field of the configuration', () => {
    const weights = seededWeights(resolveLongformerConfig({ ...SMALL, position: 'none' }), 1);
    const changes = [
      {},
      { window: 8 },
      { lookAhead: 1 },
      { dilation: 2 },
      { sinks: 1 },
      { globals: 1 },
      { activation: 'silu' },
    ];
    const hashes = changes.map(
      (change) =>
        createLongformer({ ...SMALL, position: 'none', ...change } as LongformerConfig, { weights }).modelHash,
    );
    expect(new Set(hashes).size).toBe(changes.length);
  });

  it('counts its parameters', () => {
    // 3·16 + 16 in, 2·16 outer norm; per layer 4 maps 16·16 + 16, 16·24 + 24, 24·16 + 16, two norms.
    const layer = 4 * (256 + 16) + (384 + 24) + (384 + 16) + 4 * 16;
    expect(createLongformer(SMALL, { seed: 1 }).parameterCount).toBe(64 + 32 + 2 * layer);
  });

  it('refuses weights whose shapes do not fit, by name', () => {
    const weights = seededWeights(resolveLongformerConfig(SMALL), 1);
    const refuse = (change: object, message: string): void => {
      expect(() => createLongformer({ ...SMALL, ...change }, { weights })).toThrow(
        expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining(message) }),
      );
    };
    refuse({ ffnSize: 25 }, '`layers.0.ffnIn.weight` to be a Float32Array of [25, 16], got 384 numbers');
    refuse({ numLayers: 3 }, 'weights of 3 layers, got 2');
    refuse({ inputSize: 4 }, '`embedding.linear.weight`');
    refuse(
      { inputSize: 1, input: 'ids', vocabSize: 5 },
      '`embedding.words` to be a Float32Array of [5, 16], got undefined',
    );
    refuse({ position: 'learned', maxPositions: 9 }, '`embedding.positions` to be a Float32Array of [9, 16]');
    refuse({ typeVocabSize: 2 }, '`embedding.types`');
    refuse({ globalProjections: true }, '`layers.0.global.query.weight`');
    refuse({ readout: { queries: 2 } }, '`readout.queries` to be a Float32Array of [2, 16]');
  });
});
