import { describe, expect, it } from 'vitest';
import { judgeGrowth } from '../../bench/soak/growth.ts';
import { Random } from '../../core/index.ts';

const TOKENS = Array.from({ length: 100 }, (_, i) => (i + 1) * 10_000);

function samples(perToken: number, noiseBytes = 0): number[] {
  const random = new Random(1);
  return TOKENS.map((tokens) => 5e6 + perToken * tokens + random.nextSymmetric(1) * noiseBytes);
}

describe('judgeGrowth', () => {
  it('finds the slope of a steady leak', () => {
    const growth = judgeGrowth(TOKENS, samples(2, 1000));
    expect(growth.leaks).toBe(true);
    expect(Math.abs(growth.bytesPerMillionTokens - 2e6)).toBeLessThan(3 * growth.errorPerMillionTokens);
    // Without the ten samples of the warm-up.
    expect(growth.bytesOverRun / growth.bytesPerMillionTokens).toBeCloseTo(0.89, 9);
  });

  it('takes less than 256 KiB over the run for noise, however steady', () => {
    expect(judgeGrowth(TOKENS, samples(0.29)).leaks).toBe(false);
    expect(judgeGrowth(TOKENS, samples(0.3)).leaks).toBe(true);
  });

  it('takes a slope within three standard errors for noise, however large', () => {
    const growth = judgeGrowth(TOKENS, samples(0.5, 4e6));
    expect(Math.abs(growth.bytesPerMillionTokens)).toBeLessThan(3 * growth.errorPerMillionTokens);
    expect(Math.abs(growth.bytesOverRun)).toBeGreaterThan(256 * 1024);
    expect(growth.leaks).toBe(false);
  });

  it('judges shrinking memory like growing memory', () => {
    expect(judgeGrowth(TOKENS, samples(-2)).leaks).toBe(true);
  });

  it('does not count the first tenth, in which the compiler works', () => {
    const settled = TOKENS.map((_, i) => (i < 10 ? i * 1e6 : 5e7));
    expect(judgeGrowth(TOKENS, settled)).toMatchObject({ bytesOverRun: 0, leaks: false });
  });
});
