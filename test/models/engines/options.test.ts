import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigError, OverflowError } from '../../../core/index.ts';
import { createLongformer, createReformer, type EngineOptions } from '../../../models/index.ts';

const CONFIG = { inputSize: 2, hiddenSize: 8, numLayers: 2, numHeads: 2, window: 40 };
const SEED = { seed: 1 };

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('the choice of an engine', () => {
  it('is visible: wasm unless another one is asked for', () => {
    expect(createLongformer(CONFIG, SEED).engine).toBe('wasm');
    expect(createLongformer(CONFIG, SEED, { engine: 'reference' }).engine).toBe('reference');
  });

  it('falls back to plain TypeScript where WebAssembly is missing, and says so once', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    vi.stubGlobal('WebAssembly', undefined);
    expect(createLongformer(CONFIG, SEED).engine).toBe('reference');
    expect(createReformer({ inputSize: 2, hiddenSize: 8, numHeads: 2, layers: ['local'] }, SEED).engine).toBe(
      'reference',
    );
    expect(warn).toHaveBeenCalledTimes(1);
    expect(() => createLongformer(CONFIG, SEED, { engine: 'wasm' })).toThrow(/WebAssembly with SIMD.*none/);
  });

  it.each([
    [{ engine: 'gpu' }, /Expected `engine` to be one of auto, wasm, reference, got "gpu"/],
    [{ engine: null }, /`engine`/],
    [{ cachePrecision: 'int4' }, /Expected `cachePrecision` to be one of float32, int16, int8, got "int4"/],
    [{ cachePrecision: null }, /`cachePrecision`/],
    ['wasm', /Expected the engine's options to be an object, got "wasm"/],
    [null, /Expected the engine's options to be an object, got null/],
    [{ memoryLimitBytes: Number.NaN }, /`memoryLimitBytes`/],
    [{ memoryLimitBytes: '4000000' }, /`memoryLimitBytes`/],
    [{ memoryLimitBytes: 1.5 }, /`memoryLimitBytes`/],
    [{ engine: 'reference', memoryLimitBytes: 5e9 }, /`memoryLimitBytes`/],
  ])('refuses %j', (options, message) => {
    const create = () => createLongformer(CONFIG, SEED, options as EngineOptions);
    expect(create).toThrow(ConfigError);
    expect(create).toThrow(message);
  });
});

describe('the memory of an encoder', () => {
  it('is told in numbers, and comes back when streams close', () => {
    const encoder = createLongformer(CONFIG, SEED);
    encoder.open().close();
    const before = encoder.memory;
    const stream = encoder.open();
    expect(encoder.memory.usedBytes).toBeGreaterThan(before.usedBytes);
    stream.close();
    expect(encoder.memory).toEqual(before);
  });

  it('ends at its limit with a typed error, and the streams that are open go on', () => {
    const encoder = createLongformer({ ...CONFIG, window: 2000 }, SEED, { memoryLimitBytes: 2 ** 21 });
    const twin = createLongformer({ ...CONFIG, window: 2000 }, SEED, { engine: 'reference' }).open();
    const first = encoder.open();
    const tokens = Float32Array.of(1, 2, 3, 4);
    expect(first.push(tokens)).toEqual(twin.push(tokens));
    const more: unknown[] = [];
    const fill = (): void => {
      for (let i = 0; i < 100; i++) more.push(encoder.open());
    };
    expect(fill).toThrow(OverflowError);
    expect(fill).toThrow(/2097152 bytes/);
    expect(first.push(tokens)).toEqual(twin.push(tokens));
    expect(() => createLongformer({ ...CONFIG, ffnSize: 65536 }, SEED, { memoryLimitBytes: 2 ** 20 })).toThrow(
      OverflowError,
    );
  });

  it('is not eaten by finite sequences', () => {
    const encoder = createReformer(
      { inputSize: 2, hiddenSize: 8, numHeads: 2, layers: ['local', 'lsh'], lsh: { numBuckets: 4 } },
      SEED,
    );
    encoder.encodeSequence({ tokens: new Float32Array(20) });
    const { usedBytes } = encoder.memory;
    for (let i = 0; i < 20; i++) encoder.encodeSequence({ tokens: new Float32Array(20) });
    expect(encoder.memory.usedBytes).toBe(usedBytes);
  });
});

describe.each(['wasm', 'reference'] as const)('a masked token on the engine %s', (engine) => {
  it('is seen by nobody, also when its numbers leave the range of float32', () => {
    const config = { ...CONFIG, input: 'direct', inputSize: 8, sinks: 1 } as const;
    const encoder = createLongformer(config, SEED, { engine });
    const tokens = new Float32Array(8 * 60).fill(0.5);
    tokens.fill(3e38, 0, 8);
    const kinds = new Uint8Array(60).fill(1);
    kinds[0] = 0;
    const rows = encoder.open().push(tokens, kinds).subarray(8);
    expect(rows.every(Number.isFinite)).toBe(true);
    expect(encoder.encodeSequence({ tokens, kinds }).encodings.subarray(8)).toEqual(rows);
  });
});

it('a batch takes each stream once, and streams of its own encoder only', () => {
  const encoder = createLongformer(CONFIG, SEED);
  const tokens = new Float32Array(2);
  const [a, b] = [encoder.open(), createLongformer(CONFIG, SEED).open()];
  const twice = () =>
    encoder.pushMany([
      { stream: a, tokens },
      { stream: a, tokens },
    ]);
  expect(twice).toThrow(/once, got that of `batch\[1\]` again/);
  expect(() =>
    encoder.pushMany([
      { stream: a, tokens },
      { stream: b, tokens },
    ]),
  ).toThrow(/`batch\[1\]\.stream`/);
  expect(a.position).toBe(0);
});
