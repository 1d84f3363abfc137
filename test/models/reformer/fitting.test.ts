import { describe, expect, it } from 'vitest';
import { createLongformer, createReformer, type LongformerConfig, type ReformerConfig } from '../../../models/index.ts';
import { bits } from '../../checks/encoder-family.ts';

const REFORMER: ReformerConfig = { inputSize: 2, hiddenSize: 8, numHeads: 2, layers: ['window', 'window'] };
const LONGFORMER: LongformerConfig = { inputSize: 2, hiddenSize: 8, numHeads: 2, numLayers: 1 };

describe('an encoder takes no weights or fields that do not fit', () => {
  it('refuses weights with more layers than the configuration', () => {
    const { weights } = createReformer(REFORMER, { seed: 1 });
    expect(() => createReformer({ ...REFORMER, layers: ['window'] }, { weights })).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH', message: 'Expected weights of 1 layers, got 2' }),
    );
  });

  it('refuses norms with another epsilon than the configuration, in both families', () => {
    const reformer = createReformer(REFORMER, { seed: 1 });
    const longformer = createLongformer(LONGFORMER, { seed: 1 });
    const other = { layerNormEps: 0.1 };
    const refused = expect.objectContaining({ message: expect.stringContaining('`layerNormEps` 0.1') });
    expect(() => createReformer({ ...REFORMER, ...other }, { weights: reformer.weights })).toThrow(refused);
    expect(() => createLongformer({ ...LONGFORMER, ...other }, { weights: longformer.weights })).toThrow(refused);
  });

  it.each([
    [{ window: 128 }, '`window` to be an object, got 128'],
    [{ window: [128] }, '`window` to be an object'],
    [{ layers: ['local'], local: 16 }, '`local` to be an object, got 16'],
    [{ layers: ['lsh'], lsh: [8] }, '`lsh` to be an object'],
    [
      { hiddenSize: 8192, layers: ['local'], local: { chunkLength: 65_536, chunksBefore: 64 } },
      'keys of a local layer',
    ],
    [
      { numHeads: 8, layers: ['lsh'], lsh: { numBuckets: 2, numHashes: 64, horizon: 1_048_576 } },
      '`numHeads` × `lsh.numHashes` × (`lsh.horizon` + buckets)',
    ],
    [
      { layers: ['lsh', 'local'], lsh: { numBuckets: 2, chunkLength: 16_384 }, local: { chunkLength: 16_383 } },
      'a common multiple of at most 1048576',
    ],
  ])('refuses %j', (change, message) => {
    expect(() => createReformer({ ...REFORMER, ...change } as ReformerConfig, { seed: 1 })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) }),
    );
  });

  it('refuses a missing configuration and a missing seed by name', () => {
    const invalid = expect.objectContaining({ code: 'CONFIG_INVALID' });
    expect(() => createReformer(null as unknown as ReformerConfig, { seed: 1 })).toThrow(invalid);
    expect(() => createLongformer(null as unknown as LongformerConfig, { seed: 1 })).toThrow(invalid);
    expect(() => createReformer(REFORMER, {} as { seed: number })).toThrow(/`init`/);
    expect(() => createLongformer(LONGFORMER, undefined as unknown as { seed: number })).toThrow(/`init`/);
  });

  it('keeps its own copy of the lists that it was given', () => {
    const numBuckets = [4, 4];
    const dilation = [1, 2];
    const layers = ['lsh', 'window'] as const;
    const encoder = createReformer({ ...REFORMER, layers, lsh: { numBuckets }, window: { dilation } }, { seed: 1 });
    const tokens = new Float32Array(80).map((_, i) => Math.sin(i));
    const before = bits(encoder.open().push(tokens));
    numBuckets.fill(64);
    dilation.fill(7);
    expect([bits(encoder.open().push(tokens)), encoder.config.lsh?.numBuckets]).toEqual([before, [4, 4]]);
  });

  it('takes nothing into any stream when one of a batch belongs to another kind of encoder', () => {
    const offline = { ...REFORMER, layers: ['lsh'], lsh: { numBuckets: 4, rule: 'offline' } } as const;
    const [layered, held] = [createReformer(REFORMER, { seed: 1 }), createReformer(offline, { seed: 1 })];
    for (const [own, strange] of [[layered, held] as const, [held, layered] as const]) {
      const stream = own.open();
      const tokens = new Float32Array(4);
      const batch = [
        { stream, tokens },
        { stream: strange.open(), tokens },
      ];
      expect(() => own.pushMany(batch)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
      expect(stream.position).toBe(0);
    }
  });
});
