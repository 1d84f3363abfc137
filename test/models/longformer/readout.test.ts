import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LongformerConfig } from '../../../models/index.ts';
import { arbitraryCase, bits, push, slice } from '../../checks/encoder-family.ts';
import { arbitraryConfig } from './arbitrary-config.ts';
import { denseLongformer, denseReadout, largestDifference } from './dense-oracle.ts';
import { createRandom, longformerFamily } from './longformer-family.ts';

const withReadout = (spans: fc.Arbitrary<number | undefined>): fc.Arbitrary<LongformerConfig> =>
  fc
    .tuple(arbitraryConfig, fc.integer({ min: 1, max: 3 }), spans)
    .map(([config, queries, span]) => ({ ...config, readout: span === undefined ? { queries } : { queries, span } }));

const SORTS = [
  ['over all outputs so far', fc.constant(undefined)],
  ['over the last `span` outputs', fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(31, 32, 33, 200))],
] as const;

describe.each(SORTS)('the read-out of a Longformer %s', (sort, spans) => {
  const cases = arbitraryCase({ ...longformerFamily, configs: withReadout(spans) }, 40);

  it('equals the dense float64 implementation after every token and at the end', () => {
    let worst = 0;
    fc.assert(
      fc.property(cases, ({ encoder, input }) => {
        const count = input.tokens.length / encoder.inputSize;
        const outputs = denseLongformer(encoder, input);
        const kinds = Array.from({ length: count }, (_, t) => input.kinds?.[t] ?? 1);
        const stream = encoder.open();
        const compare = (given: number): void => {
          const expected = denseReadout(encoder, outputs.slice(0, given), kinds).flat();
          worst = Math.max(worst, largestDifference(expected, stream.readout()));
          expect(worst).toBeLessThan(2e-5);
        };
        compare(0);
        for (let t = 0; t < count; t++) {
          push(stream, slice(encoder, input, t, t + 1));
          compare(Math.max(0, t + 1 - encoder.latencyTokens));
        }
        stream.flush();
        compare(count);
      }),
      { numRuns: 150 },
    );
    console.log(`read-out ${sort}: largest difference from the dense float64 oracle ${worst.toExponential(2)}`);
  });

  it('has the same bits for any split, after a snapshot, in a clone and offline', () => {
    fc.assert(
      fc.property(cases, ({ encoder, input, cuts }) => {
        const whole = encoder.open();
        push(whole, input);
        const pieces = encoder.open();
        push(pieces, slice(encoder, input, 0, cuts[0] ?? 0));
        const restored = encoder.open();
        restored.restore(pieces.snapshot());
        const streams = [whole, pieces, restored, pieces.clone()];
        for (const stream of streams.slice(1)) push(stream, slice(encoder, input, cuts[0] ?? 0));
        const before = streams.map((stream) => bits(stream.readout()));
        expect(new Set(before).size).toBe(1);
        for (const stream of streams) stream.flush();
        const after = new Set(streams.map((stream) => bits(stream.readout())));
        expect(after).toEqual(new Set([bits(encoder.encodeSequence(input).readout)]));
      }),
      { numRuns: 80 },
    );
  });
});

describe('the read-out of a Longformer', () => {
  const config = {
    inputSize: 2,
    hiddenSize: 8,
    numLayers: 1,
    numHeads: 2,
    window: 3,
    readout: { queries: 2, span: 3 },
  };

  it('is empty where the configuration has none', () => {
    const { readout, ...without } = config;
    expect(readout.queries).toBe(2);
    const encoder = createRandom(without, 1);
    expect(encoder.open().readout()).toHaveLength(0);
    expect(encoder.encodeSequence({ tokens: new Float32Array(2) }).readout).toHaveLength(0);
  });

  it('is the bias of its output map before any token, after masked ones, and after reset', () => {
    const encoder = createRandom(config, 1);
    const bias = Array.from(encoder.weights.readout?.output.bias ?? []);
    const stream = encoder.open();
    const nothing = [...bias, ...bias];
    expect(Array.from(stream.readout())).toEqual(nothing);
    stream.push(new Float32Array(4), Uint8Array.of(0, 0));
    expect(Array.from(stream.readout())).toEqual(nothing);
    stream.push(new Float32Array(4));
    expect(Array.from(stream.readout())).not.toEqual(nothing);
    stream.push(new Float32Array(6), Uint8Array.of(0, 0, 0));
    expect(Array.from(stream.readout())).toEqual(nothing);
    stream.push(new Float32Array(2));
    stream.reset();
    expect(Array.from(stream.readout())).toEqual(nothing);
  });

  it('is not changed by peek', () => {
    const stream = createRandom(config, 1).open();
    stream.push(new Float32Array(4).fill(1));
    const before = bits(stream.readout());
    stream.peek(new Float32Array(4).fill(-2), { end: true });
    expect(bits(stream.readout())).toBe(before);
  });
});
