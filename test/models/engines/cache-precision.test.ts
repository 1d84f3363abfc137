import { describe, expect, it } from 'vitest';
import { Random, type StreamEncoder } from '../../../core/index.ts';
import {
  type CachePrecision,
  createLongformer,
  createReformer,
  type EngineOptions,
  type LongformerConfig,
  type ReformerConfig,
} from '../../../models/index.ts';
import { bits } from '../../checks/encoder-family.ts';
import { contentStart, sealed } from '../../checks/snapshot-bytes.ts';

const LONGFORMER: LongformerConfig = { inputSize: 8, hiddenSize: 64, numLayers: 3, numHeads: 2, window: 96 };
const REFORMER: ReformerConfig = {
  ...{ inputSize: 8, hiddenSize: 64, numHeads: 2, layers: ['lsh', 'local', 'window'] },
  ...{ lsh: { numBuckets: 16, horizon: 256 }, local: { chunkLength: 48 }, window: { window: 64 } },
};
const INIT = { seed: 3 };
const FAMILIES = {
  Longformer: (options: EngineOptions) => createLongformer(LONGFORMER, INIT, options),
  Reformer: (options: EngineOptions) => createReformer(REFORMER, INIT, options),
} as const;
const families = Object.entries(FAMILIES).map(([name, create]) => ({ name, create }));

function tokensOf({ inputSize }: StreamEncoder, count: number): Float32Array {
  const random = new Random(5);
  return new Float32Array(count * inputSize).map(() => random.nextSymmetric(1));
}

function rms(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

describe.each(families)('the precision of the caches of a $name', ({ create }) => {
  it('is float32 unless another one is asked for, and can be read', () => {
    expect(create({}).cachePrecision).toBe('float32');
    expect(create({ cachePrecision: 'int8' }).cachePrecision).toBe('int8');
    expect(create({ cachePrecision: 'int16' }).modelHash).toBe(create({}).modelHash);
  });

  // A Reformer may file a token of a later layer into another bucket, so single numbers differ by more than the rms says.
  it.each([
    ['int16', 2e-4, 2e-5],
    ['int8', 6e-2, 5e-3],
  ] as const)(
    '%s changes no number by more than %d, and the rms of the encodings by less than %d',
    (cachePrecision, most, relative) => {
      const exact = create({});
      const tokens = tokensOf(exact, 1000);
      const wanted = exact.open().push(tokens);
      const got = create({ cachePrecision }).open().push(tokens);
      const differences = got.map((value, i) => value - (wanted[i] as number));
      expect(bits(got)).not.toBe(bits(wanted));
      expect(differences.reduce((a, b) => Math.max(a, Math.abs(b)), 0)).toBeLessThan(most);
      expect(rms(differences) / rms(wanted)).toBeLessThan(relative);
    },
  );

  it('leaves finite sequences in float32', () => {
    const exact = create({});
    const tokens = tokensOf(exact, 150);
    const wanted = bits(exact.encodeSequence({ tokens }).encodings);
    for (const cachePrecision of ['int16', 'int8'] as const) {
      const encoder = create({ cachePrecision });
      expect(bits(encoder.encodeSequence({ tokens }).encodings)).toBe(wanted);
      expect(bits(encoder.open().push(tokens))).not.toBe(wanted);
    }
  });

  it.each(['wasm', 'reference'] as const)('makes streams and snapshots smaller on the engine %s', (engine) => {
    const sizes = (cachePrecision: CachePrecision) => {
      const encoder = create({ engine, cachePrecision });
      encoder.open().close();
      const before = encoder.memory.usedBytes;
      const stream = encoder.open();
      stream.push(tokensOf(encoder, 400));
      const { cacheBytes } = stream.stats();
      return { cacheBytes, used: encoder.memory.usedBytes - before, snapshot: stream.snapshot().length };
    };
    const [full, half, quarter] = [sizes('float32'), sizes('int16'), sizes('int8')];
    // A scale for every 32 numbers, and what is no key or value (masks, buckets), stay.
    const kept = full.cacheBytes / 20;
    expect(half.cacheBytes).toBeLessThan(0.54 * full.cacheBytes + kept);
    expect(quarter.cacheBytes).toBeLessThan(0.29 * full.cacheBytes + kept);
    expect(half.snapshot).toBeLessThan(0.6 * full.snapshot);
    expect(quarter.snapshot).toBeLessThan(0.4 * full.snapshot);
    if (engine === 'reference') return;
    expect(half.used).toBeLessThan(0.6 * full.used);
    expect(quarter.used).toBeLessThan(0.35 * full.used);
  });

  it.each([
    ['float32', 'int16'],
    ['float32', 'int8'],
    ['int16', 'float32'],
    ['int16', 'int8'],
    ['int8', 'float32'],
    ['int8', 'int16'],
  ] as const)('refuses in %s a snapshot taken in %s, and names both', (wanted, given) => {
    const stream = create({ cachePrecision: wanted }).open();
    const source = create({ cachePrecision: given });
    const other = source.open();
    other.push(tokensOf(source, 3));
    const before = bits(stream.snapshot());
    expect(() => stream.restore(other.snapshot())).toThrow(
      expect.objectContaining({
        ...{ name: 'SnapshotError', code: 'SNAPSHOT_MODEL_MISMATCH' },
        message: expect.stringMatching(new RegExp(`caches in ${wanted}, got one with caches in ${given}$`)),
      }),
    );
    expect(bits(stream.snapshot())).toBe(before);
  });

  it.each(['int16', 'int8'] as const)('refuses in %s an integer or a scale that cannot be', (cachePrecision) => {
    const encoder = create({ cachePrecision });
    const source = encoder.open();
    source.push(tokensOf(encoder, 3));
    const snapshot = source.snapshot();
    // Position, place and flag; then the first layer: the length of its numbers, the numbers, the length of the scales.
    const numbers = contentStart(snapshot) + 8 + 8 + 4 + 4;
    const size = cachePrecision === 'int16' ? 2 : 1;
    const scales = numbers + 2 * 3 * 64 * size + 4;
    const corrupt = expect.objectContaining({ name: 'SnapshotError', code: 'SNAPSHOT_CORRUPT' });
    for (const change of [
      (view: DataView) => (size === 2 ? view.setInt16(numbers, -32768, true) : view.setInt8(numbers, -128)),
      (view: DataView) => view.setFloat32(scales, -1, true),
      (view: DataView) => view.setFloat32(scales, Number.NEGATIVE_INFINITY, true),
    ]) {
      const forged = snapshot.slice();
      change(new DataView(forged.buffer));
      expect(() => encoder.open().restore(sealed(forged))).toThrow(corrupt);
    }
    expect(() => encoder.open().restore(snapshot)).not.toThrow();
  });

  it('goes on after numbers that left the range of float32, from a snapshot too', () => {
    const encoder = create({ cachePrecision: 'int8' });
    const stream = encoder.open();
    stream.push(new Float32Array(8).fill(3e38));
    const twin = encoder.open();
    twin.restore(stream.snapshot());
    const tokens = tokensOf(encoder, 40);
    const isNumber = (rows: Float32Array) => Array.from(rows, (value) => Number.isNaN(value));
    expect(isNumber(twin.push(tokens))).toEqual(isNumber(stream.push(tokens)));
  });
});

it('a Reformer that keeps no cache says float32, and refuses a precision that is none', () => {
  const config: ReformerConfig = {
    ...{ inputSize: 2, hiddenSize: 8, numHeads: 2, layers: ['lsh'] },
    lsh: { numBuckets: 4, rule: 'offline' },
  };
  expect(createReformer(config, INIT, { cachePrecision: 'int8' }).cachePrecision).toBe('float32');
  expect(() => createReformer(config, INIT, { cachePrecision: 'int4' } as unknown as EngineOptions)).toThrow(
    /Expected `cachePrecision` to be one of float32, int16, int8, got "int4"/,
  );
});
