import { describe, expect, it } from 'vitest';
import { Random } from '../../../core/index.ts';
import { RealFft } from '../../../operators/dsp/real-fft.ts';

/** |X[k]| by the definition, X[k] = Σ x[n] e^(−2πikn / N), with the library's sine and cosine. */
function byDefinition(x: Float64Array): number[] {
  return Array.from({ length: x.length / 2 + 1 }, (_, k) => {
    let re = 0;
    let im = 0;
    x.forEach((value, n) => {
      const angle = (2 * Math.PI * ((k * n) % x.length)) / x.length;
      re += value * Math.cos(angle);
      im -= value * Math.sin(angle);
    });
    return Math.hypot(re, im);
  });
}

function magnitudes(x: Float64Array): Float64Array {
  const fft = new RealFft(x.length);
  fft.input.set(x);
  const out = new Float64Array(x.length / 2 + 1);
  fft.magnitudes(out);
  return out;
}

function noise(length: number): Float64Array {
  const random = new Random(length);
  return new Float64Array(length).map(() => random.nextSymmetric(1));
}

describe('RealFft', () => {
  it.each([4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048])('equals the definition at length %d', (length) => {
    const x = noise(length);
    const got = magnitudes(x);
    const worst = byDefinition(x).reduce((most, value, k) => Math.max(most, Math.abs(value - (got[k] as number))), 0);
    expect(worst).toBeLessThan(1e-12 * Math.sqrt(length));
  });

  it('keeps the energy at the largest length (Parseval)', () => {
    const x = noise(65536);
    const inTime = x.reduce((sum, value) => sum + value * value, 0);
    const inBins = magnitudes(x).reduce((sum, m, k) => sum + (k === 0 || k === 32768 ? 1 : 2) * m * m, 0) / 65536;
    expect(Math.abs(inBins / inTime - 1)).toBeLessThan(1e-12);
  });

  it('finds a cosine in its bin and nothing beside it', () => {
    const x = new Float64Array(64).map((_, n) => Math.cos((2 * Math.PI * 5 * n) / 64));
    magnitudes(x).forEach((m, k) => {
      expect(Math.abs(m - (k === 5 ? 32 : 0))).toBeLessThan(1e-13);
    });
  });

  it('gives the same bits again, and leaves its input alone', () => {
    const fft = new RealFft(256);
    const x = noise(256);
    fft.input.set(x);
    const [first, again] = [new Float64Array(129), new Float64Array(129)];
    fft.magnitudes(first);
    fft.magnitudes(again);
    expect(again).toEqual(first);
    expect(fft.input).toEqual(x);
  });

  it.each([0, 2, 6, 100, 131072])('refuses the length %d', (length) => {
    expect(() => new RealFft(length)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
