import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitExponents } from '../../../bench/complexity/fit.ts';
import { leastSquares } from '../../../bench/complexity/least-squares.ts';
import type { ComplexityMeasurement, ComplexityModel } from '../../../bench/complexity/measurement.ts';

const LENGTHS = [512, 1024, 2048, 4096, 8192, 16_384, 32_768];

function measurement(model: ComplexityModel, length: number, figures: { ms: number; bytes: number }) {
  return { bench: 'complexity', model, length, ...figures, usPerToken: 0, runs: 1 } satisfies ComplexityMeasurement;
}

describe('leastSquares', () => {
  it('finds the line, and the error of its slope, of the textbook example (Anscombe 1973, set I)', () => {
    const xs = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const ys = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const line = leastSquares(xs, ys);
    expect(line?.slope).toBeCloseTo(0.5001, 4);
    expect(line?.intercept).toBeCloseTo(3.0001, 4);
    expect(line?.slopeError).toBeCloseTo(0.1179, 4);
  });

  it('has no line through points at one place', () => {
    expect(leastSquares([], [])).toBeUndefined();
    expect(leastSquares([1], [2])).toBeUndefined();
    expect(leastSquares([3, 3], [2, 5])).toBeUndefined();
  });
});

describe('fitExponents', () => {
  it('finds the exponents of known power laws', () => {
    const measured = LENGTHS.flatMap((n) => [
      measurement('full', n, { ms: 3e-6 * n ** 2, bytes: 8 * n ** 2 }),
      measurement('longformer-stream', n, { ms: 0.04 * n, bytes: 148_610 }),
    ]);
    const found = fitExponents(measured).map(({ model, fit, exponent }) => [
      model,
      fit,
      Number(exponent.toFixed(9)) + 0,
    ]);
    expect(found).toEqual([
      ['full', 'ms', 2],
      ['full', 'bytes', 2],
      ['longformer-stream', 'ms', 1],
      ['longformer-stream', 'bytes', 0],
    ]);
  });

  it('is off by 0.06 at most when every figure is off by at most five per cent', () => {
    // Four lengths, each twice the one before: Σ |x − mean| · ln(1/0.95) / Σ (x − mean)² = 4 · 0.0513 / (5 · ln 2) = 0.0592.
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.95, max: 1.05, noNaN: true }), { minLength: 7, maxLength: 7 }),
        (noise) => {
          const measured = LENGTHS.map((n, i) =>
            measurement('full-rows', n, { ms: n ** 1.5 * (noise[i] as number), bytes: n }),
          );
          expect(Math.abs((fitExponents(measured)[0]?.exponent ?? 0) - 1.5)).toBeLessThan(0.06);
        },
      ),
    );
  });

  it('takes the upper half of the lengths, in whatever order they come', () => {
    // Below 4096 a constant hides the square.
    const measured = LENGTHS.map((n) => measurement('full', n, { ms: n < 4096 ? 1e9 : n ** 2, bytes: n })).reverse();
    expect(fitExponents(measured)[0]).toMatchObject({ exponent: expect.closeTo(2, 9), from: 4096, to: 32_768 });
  });

  it('takes two lengths where there are no more, and fits nothing to one', () => {
    const [one, two] = [64, 128].map((n) => measurement('full', n, { ms: n, bytes: n })) as [
      ComplexityMeasurement,
      ComplexityMeasurement,
    ];
    expect(fitExponents([one, two])).toMatchObject([{ from: 64, to: 128 }, { from: 64 }]);
    expect(fitExponents([one])).toEqual([]);
  });
});
