import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS, type Activation, applyActivation, applyTanh } from '../../../models/kernels/reference/index.ts';
import { ACTIVATE } from '../longformer/dense-math.ts';

const arbitraryValue = fc.oneof(
  fc.float({ min: -12, max: 12, noNaN: true }),
  fc.float({ min: -1e4, max: 1e4, noNaN: true }),
);

/** The largest |result − expected| / max(1, |x|) over many values. */
function worstError(apply: (x: Float32Array) => void, expected: (x: number) => number): number {
  let worst = 0;
  fc.assert(
    fc.property(fc.array(arbitraryValue, { minLength: 50, maxLength: 50 }), (values) => {
      const x = Float32Array.from(values);
      apply(x);
      x.forEach((value, i) => {
        const given = values[i] as number;
        const error = Math.abs(value - expected(given)) / Math.max(1, Math.abs(given));
        if (!(error <= worst)) worst = Number.isNaN(error) ? Infinity : error;
      });
    }),
    { numRuns: 400 },
  );
  return worst;
}

describe('the activations in float32', () => {
  /** Absolute below |x| = 1, relative to |x| above. */
  const bounds: Readonly<Record<Activation, number>> = { gelu: 3e-7, 'gelu-tanh': 3e-7, silu: 3e-7, relu: 0 };

  it.each(ACTIVATIONS)('%s is within its bound of the published formula in float64', (name) => {
    const worst = worstError((x) => applyActivation(name, x), ACTIVATE[name]);
    console.log(`${name}: largest error ${worst.toExponential(2)}`);
    expect(worst).toBeLessThanOrEqual(bounds[name]);
  });

  it('tanh is within 2e-7 of Math.tanh and never beyond ±1', () => {
    const worst = worstError(applyTanh, Math.tanh);
    console.log(`tanh: largest error ${worst.toExponential(2)}`);
    expect(worst).toBeLessThan(2e-7);
    const far = Float32Array.of(-1e30, -90, 90, 1e30, 0);
    applyTanh(far);
    expect(Array.from(far)).toEqual([-1, -1, 1, 1, 0]);
  });

  it.each(ACTIVATIONS)('%s vanishes at 0 and far below, and is the identity far above', (name) => {
    const x = Float32Array.of(0, -1000, 1000, 3e4);
    applyActivation(name, x);
    expect(Array.from(x, (value) => Math.round(value * 1e6) / 1e6 + 0)).toEqual([0, 0, 1000, 3e4]);
  });
});
