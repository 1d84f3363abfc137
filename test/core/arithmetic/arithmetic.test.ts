import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arithmetic } from '../../../core/index.ts';
import { erfSeries } from '../../models/longformer/dense-oracle.ts';

const float32 = (min: number, max: number): fc.Arbitrary<number> =>
  fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true });

describe('canonical arithmetic', () => {
  it('exp is within 2^-22 of e^x, exactly 1 at 0, and a float32', () => {
    fc.assert(
      fc.property(float32(-87, 88), (x) => {
        const y = arithmetic.exp(x);
        expect(Math.abs(y / Math.exp(x) - 1)).toBeLessThan(2 ** -22);
        expect(Math.fround(y)).toBe(y);
      }),
      { numRuns: 5000 },
    );
    expect([arithmetic.exp(0), arithmetic.exp(-1000), arithmetic.exp(-Infinity)]).toEqual([1, 0, 0]);
  });

  it('erf is within 4e-7 of its series, odd, and a float32', () => {
    fc.assert(
      fc.property(float32(-8, 8), (x) => {
        const y = arithmetic.erf(x);
        expect(Math.abs(y - erfSeries(x))).toBeLessThan(4e-7);
        expect(arithmetic.erf(-x) + y).toBe(0);
        expect(Math.fround(y)).toBe(y);
      }),
      { numRuns: 5000 },
    );
  });

  it('sinCos is within 1e-15 up to a million radians', () => {
    const out = new Float64Array(2);
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (angle) => {
        arithmetic.sinCos(angle, out, 0);
        expect(Math.abs((out[0] as number) - Math.sin(angle))).toBeLessThan(1e-15);
        expect(Math.abs((out[1] as number) - Math.cos(angle))).toBeLessThan(1e-15);
      }),
      { numRuns: 5000 },
    );
  });

  it('expDouble and logDouble are within 1e-15 of e^x and ln x', () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
        expect(Math.abs(arithmetic.expDouble(x) / Math.exp(x) - 1)).toBeLessThan(1e-15);
        const y = Math.exp(x);
        expect(Math.abs(arithmetic.logDouble(y) - Math.log(y))).toBeLessThan(1e-15 * Math.max(1, Math.abs(x)));
      }),
      { numRuns: 5000 },
    );
    expect(arithmetic.logDouble(1)).toBe(0);
  });

  it('asinhDouble is within 1e-15 of asinh, odd, and finite for every finite number', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (x) => {
        const y = arithmetic.asinhDouble(x);
        expect(Math.abs(y - Math.asinh(x))).toBeLessThan(1e-15 * Math.max(1, Math.abs(y)) * 2);
        expect(arithmetic.asinhDouble(-x) + y).toBe(0);
      }),
      { numRuns: 2000 },
    );
    expect(arithmetic.asinhDouble(Number.MAX_VALUE)).toBeLessThan(400);
  });
});
