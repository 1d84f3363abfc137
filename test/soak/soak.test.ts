import { beforeAll, describe, expect, it } from 'vitest';
import { describeSoak } from '../../bench/soak/report.ts';
import { runSoak } from '../../bench/soak/run-soak.ts';
import { soakEncoder } from '../../bench/soak/soak-case.ts';
import { ConfigError, type EncoderStream, type StreamEncoder } from '../../core/index.ts';
import { createLongformer, type LongformerConfig } from '../../models/index.ts';

/** `encoder`, whose streams hand every output to `onRows` and give back what that returns. */
function watched(encoder: StreamEncoder, onRows: (rows: Float32Array) => Float32Array): StreamEncoder {
  const open = (): EncoderStream => {
    const stream = encoder.open();
    return new Proxy(stream, {
      get(_target, name) {
        if (name === 'push') return (tokens: Float32Array, kinds?: Uint8Array) => onRows(stream.push(tokens, kinds));
        const value: unknown = Reflect.get(stream, name, stream);
        return typeof value === 'function' ? value.bind(stream) : value;
      },
    });
  };
  return new Proxy(encoder, { get: (target, name) => (name === 'open' ? open : Reflect.get(target, name)) });
}

describe('a soak of 20000 tokens', () => {
  // What the compiler still allocates in a short run is not a leak.
  beforeAll(() => {
    runSoak({ model: 'longformer', tokens: 10_000, samples: 10, checkpoints: 10 });
  });

  it('without positions leaves memory where it was and every output as a fresh stream gives it, bit for bit', () => {
    const result = runSoak({ model: 'longformer', tokens: 20_000, samples: 40 });
    expect(result).toMatchObject({ passed: true, checkpoints: 20, compared: 20 * 32 * 32, differing: 0, largest: 0 });
    expect(result.arrayBuffers.bytesOverRun).toBeLessThan(65_536);
    expect(describeSoak(result)).toMatch(/^longformer: 20000 tokens.*0 of 20480 values differ.*passed\n$/s);
  });

  it('through LSH, window and chunks leaves memory where it was and gives the bits of a fresh stream', () => {
    const result = runSoak({ model: 'reformer', tokens: 20_000, samples: 40 });
    expect(result).toMatchObject({ passed: true, checkpoints: 20, compared: 20 * 32 * 32, differing: 0, largest: 0 });
  });

  it('with rotary positions leaves memory where it was and stays within 1e-5 of a fresh stream', () => {
    const result = runSoak({ model: 'longformer-rotary', tokens: 20_000, samples: 40 });
    expect(result).toMatchObject({ passed: true, checkpoints: 20 });
    // Angles are rounded otherwise from another start, so some bits have to differ.
    expect(result.differing).toBeGreaterThan(0);
    expect(describeSoak(result)).toContain('allowed 0.00001');
  });
});

describe('the soak notices', () => {
  const short = { model: 'longformer', tokens: 10_000, samples: 10, checkpoints: 1 } as const;

  it('an encoder that keeps what it gave out', () => {
    const kept: Float32Array[] = [];
    const encoder = watched(soakEncoder('longformer'), (rows) => {
      kept.push(rows);
      return rows;
    });
    const result = runSoak({ ...short, encoder });
    expect(result).toMatchObject({ passed: false, differing: 0, arrayBuffers: { leaks: true } });
    // 32 float32 values a token.
    expect(result.arrayBuffers.bytesPerMillionTokens / 128e6).toBeCloseTo(1, 1);
    expect(describeSoak(result)).toMatch(/array buffers [^\n]*: grows more than noise\n.*FAILED\n$/s);
    expect(kept.length).toBeGreaterThan(0);
  });

  it('an encoder that is off by the last bit of one value in a push', () => {
    const encoder = watched(soakEncoder('longformer'), (rows) => {
      const bits = new Uint32Array(rows.buffer);
      if (bits.length > 0) bits[bits.length - 1] = (bits[bits.length - 1] as number) ^ 1;
      return rows;
    });
    const result = runSoak({ ...short, encoder });
    expect(result.passed).toBe(false);
    expect(result.differing).toBeGreaterThan(0);
    expect(result.largest).toBeLessThan(1e-6);
  });

  it('an encoder that gives what is not a number', () => {
    const encoder = watched(soakEncoder('longformer-rotary'), (rows) => rows.fill(Number.NaN));
    expect(runSoak({ ...short, model: 'longformer-rotary', encoder }).passed).toBe(false);
  });

  it('an encoder of other weights', () => {
    const encoder = createLongformer(soakEncoder('longformer-rotary').config as LongformerConfig, { seed: 12 });
    expect(runSoak({ ...short, model: 'longformer-rotary', encoder })).toMatchObject({ passed: false });
  });
});

describe('runSoak', () => {
  it.each([
    [{ tokens: 9999 }],
    [{ tokens: Number.NaN }],
    [{ tokens: 10_000, samples: 9 }],
    [{ tokens: 10_000, checkpoints: 3 }],
    [{ tokens: 10_000, samples: 10, checkpoints: 20 }],
  ])('refuses %j', (options) => {
    expect(() => runSoak({ model: 'longformer', ...options })).toThrow(ConfigError);
  });
});
