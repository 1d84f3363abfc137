import { describe, expect, it } from 'vitest';
import { compareWithFresh } from '../../bench/soak/fresh-check.ts';
import { receptiveStart, soakEncoder, soakTokens } from '../../bench/soak/soak-case.ts';
import { ShapeError } from '../../core/index.ts';

describe('soakTokens', () => {
  it('gives the same tokens however the stretch is cut', () => {
    const all = soakTokens(90, 140, 8);
    const parts = [soakTokens(90, 101, 8), soakTokens(101, 140, 8)];
    expect(parts.flatMap(({ tokens }) => [...tokens])).toEqual([...all.tokens]);
    expect(parts.flatMap(({ kinds }) => [...kinds])).toEqual([...all.kinds]);
  });

  it('masks every 17th token, and only those hold NaN', () => {
    const { tokens, kinds } = soakTokens(0, 51, 2);
    expect([...kinds.keys()].filter((t) => kinds[t] === 0)).toEqual([16, 33, 50]);
    expect([...kinds.keys()].filter((t) => Number.isNaN(tokens[2 * t]))).toEqual([16, 33, 50]);
  });
});

describe('receptiveStart', () => {
  const encoder = soakEncoder('longformer');
  const END = 1500;
  const OLDEST = END - encoder.latencyTokens - 32;

  /** The encodings of the last 32 tokens that a stream gives which sees the tokens from `start` on. */
  const lastFrom = (start: number): Float32Array => {
    const { tokens, kinds } = soakTokens(start, END, encoder.inputSize);
    return encoder
      .open()
      .push(tokens, kinds)
      .slice(-32 * encoder.outputSize);
  };

  it('lies the left reaches of all layers before a token, and never before the stream', () => {
    // 23 · 1 + 15 · 2 + 15 · 3 positions to the left, by the widest head of each layer.
    expect(receptiveStart(encoder, 1000)).toBe(1000 - 98);
    expect(receptiveStart(encoder, 97)).toBe(0);
  });

  it('is far enough back for the bits of the long stream, wherever the stretch begins', () => {
    const whole = lastFrom(0);
    for (const start of [0, 1, 2, 5, 64].map((more) => receptiveStart(encoder, OLDEST) - more)) {
      expect(lastFrom(start)).toEqual(whole);
    }
  });

  it('is not a token too far back: the oldest row misses the next one', () => {
    const late = lastFrom(receptiveStart(encoder, OLDEST) + 1);
    const whole = lastFrom(0);
    expect(late.slice(0, 32)).not.toEqual(whole.slice(0, 32));
    expect(late.slice(32)).toEqual(whole.slice(32));
  });
});

describe('compareWithFresh', () => {
  it('refuses more rows than a fresh stream gives', () => {
    expect(() => compareWithFresh(soakEncoder('longformer'), new Float32Array(32 * 100), 40)).toThrow(ShapeError);
  });
});
