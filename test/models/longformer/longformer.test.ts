import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLongformer, type LongformerConfig, seededWeights } from '../../../models/index.ts';
import { arbitraryTokens, bits, checkEncoder } from '../../checks/encoder-checks.ts';
import { denseLongformer } from './dense-oracle.ts';

const SMALL: LongformerConfig = { inputSize: 3, hiddenSize: 16, numLayers: 2, numHeads: 2, ffnSize: 24, window: 7 };

const arbitraryConfig: fc.Arbitrary<LongformerConfig> = fc.record({
  inputSize: fc.integer({ min: 1, max: 5 }),
  hiddenSize: fc.constantFrom(8, 12, 24, 32),
  numLayers: fc.constant(2),
  numHeads: fc.constantFrom(1, 2, 4),
  ffnSize: fc.integer({ min: 1, max: 40 }),
  window: fc.oneof(
    fc.constantFrom(1, 2, 31, 32, 33, 200),
    fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })),
  ),
  norm: fc.constantFrom('pre' as const, 'post' as const),
  activation: fc.constantFrom('gelu' as const, 'relu' as const),
  position: fc.constantFrom('rotary' as const, 'none' as const),
});

checkEncoder(
  'Longformer, pre-norm, rotary',
  createLongformer(SMALL, { seed: 1 }),
  createLongformer(SMALL, { seed: 2 }),
);
checkEncoder(
  'Longformer, post-norm, no positions, a window per layer',
  createLongformer({ ...SMALL, norm: 'post', position: 'none', window: [5, 40] }, { seed: 3 }),
  createLongformer({ ...SMALL, norm: 'post', position: 'none', window: [5, 41] }, { seed: 3 }),
);

describe('Longformer', () => {
  it('equals a dense masked float64 implementation for any configuration', () => {
    let worst = 0;
    fc.assert(
      fc.property(
        arbitraryConfig,
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 0, max: 1e9 }),
        (config, seed, phase) => {
          fc.pre(config.position === 'none' || (config.hiddenSize / config.numHeads) % 2 === 0);
          const encoder = createLongformer(config, { seed });
          const tokens = new Float32Array(70 * config.inputSize).map(
            (_, i) => 3 * Math.sin(0.7 * i + phase) + Math.cos(i * i),
          );
          const streamed = encoder.open().push(tokens);
          const dense = denseLongformer(encoder.config, seededWeights(encoder.config, seed), tokens).flat();
          const difference = dense.reduce(
            (max, value, i) => Math.max(max, Math.abs(value - (streamed[i] as number))),
            0,
          );
          worst = Math.max(worst, difference);
          expect(difference).toBeLessThan(2e-5);
        },
      ),
      { numRuns: 40 },
    );
    console.log(`largest difference from the dense float64 oracle: ${worst.toExponential(2)}`);
  });

  it('sees exactly its window: one layer forgets a token once `window` tokens have followed it', () => {
    const encoder = createLongformer({ ...SMALL, numLayers: 1, window: 4, position: 'none' }, { seed: 5 });
    const tokens = new Float32Array(3 * 10).map((_, i) => Math.sin(i));
    const changed = tokens.slice();
    changed[3 * 2] = 40;
    const a = encoder.open().push(tokens);
    const b = encoder.open().push(changed);
    const differs = Array.from(
      { length: 10 },
      (_, t) => bits(a.slice(t * 16, t * 16 + 16)) !== bits(b.slice(t * 16, t * 16 + 16)),
    );
    expect(differs).toEqual([false, false, true, true, true, true, false, false, false, false]);
  });

  it('does not notice a prefix that lies beyond its receptive field, without positions', () => {
    const encoder = createLongformer({ ...SMALL, position: 'none', window: 6 }, { seed: 6 });
    fc.assert(
      fc.property(arbitraryTokens(3, 30), (prefix) => {
        const signal = new Float32Array(3 * 40).map((_, i) => Math.sin(1.3 * i));
        const stream = encoder.open();
        stream.push(prefix);
        const reach = 2 * 5;
        // The lanes of the softmax follow absolute positions, so equal bits need a shift by whole blocks of 32.
        const shifted = stream.push(signal).slice(reach * 16);
        const alone = encoder
          .open()
          .push(signal)
          .slice(reach * 16);
        const difference = alone.reduce((max, value, i) => Math.max(max, Math.abs(value - (shifted[i] as number))), 0);
        expect(difference).toBeLessThan(4e-6);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses configurations by name', () => {
    const refuse = (change: object, message: string): void => {
      expect(() => createLongformer({ ...SMALL, ...change } as LongformerConfig, { seed: 1 })).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) }),
      );
    };
    refuse({ hiddenSize: 15 }, '`hiddenSize` to be a multiple of `numHeads`');
    refuse({ window: 0 }, '`window[0]`');
    refuse({ window: [1, 2, 3] }, 'a number or 2 numbers');
    refuse({ norm: 'rms' }, 'pre, post');
    refuse({ hiddenSize: 6 }, 'even head width');
    refuse({ windows: 3 }, 'unknown field `windows`');
    refuse({ inputSize: Number.NaN }, '`inputSize`');
    expect(() => createLongformer(SMALL, { seed: -1 })).toThrow('`seed`');
  });

  it('refuses weights whose shapes do not fit, by name', () => {
    const encoder = createLongformer(SMALL, { seed: 1 });
    const weights = seededWeights(encoder.config, 1);
    expect(() => createLongformer({ ...SMALL, ffnSize: 25 }, { weights })).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining('layers[0].ffnIn') }),
    );
  });
});
