import { arithmetic, ConfigError, requireInteger } from '../../core/index.ts';
import { ComplexFft } from './complex-fft.ts';

/**
 * Magnitude spectrum of real frames, by a complex transform of half the length over pairs of samples (Press et al.,
 * Numerical Recipes, section 12.3, "FFT of Single Real Function"). Double precision by a fixed sequence of operations, the same
 * bits everywhere. One instance holds its own scratch: one caller at a time. Cost O(fftLength log fftLength) per frame, no
 * allocation.
 */
export class RealFft {
  readonly fftLength: number;
  /** Input of the next transform `[fftLength]`; the caller fills it. It is left as it is. */
  readonly input: Float64Array;
  readonly #half: ComplexFft;
  /** cos and −sin of 2πk / fftLength for k = 0 .. fftLength / 4, `[fftLength / 4 + 1, 2]`. */
  readonly #twiddles: Float64Array;

  /**
   * @param fftLength a power of two, 4..65536
   * @throws ConfigError
   */
  constructor(fftLength: number) {
    requireInteger('fftLength', fftLength, { min: 4, max: 65536 });
    if ((fftLength & (fftLength - 1)) !== 0) {
      throw new ConfigError('CONFIG_INVALID', `Expected \`fftLength\` to be a power of two, got ${fftLength}`);
    }
    this.fftLength = fftLength;
    this.input = new Float64Array(fftLength);
    this.#half = new ComplexFft(fftLength / 2);
    this.#twiddles = new Float64Array(fftLength / 2 + 2);
    const pair = new Float64Array(2);
    for (let k = 0; k <= fftLength / 4; k++) {
      arithmetic.sinCos((2 * Math.PI * k) / fftLength, pair, 0);
      this.#twiddles[2 * k] = pair[1]!;
      this.#twiddles[2 * k + 1] = -pair[0]!;
    }
  }

  /** Transforms `input` and writes |X| of bins 0 .. fftLength / 2 to `out` `[fftLength / 2 + 1]`. */
  magnitudes(out: Float64Array): void {
    const half = this.fftLength / 2;
    const twiddles = this.#twiddles;
    const z = this.#half.transform(this.input);
    out[0] = Math.abs(z[0]! + z[1]!);
    out[half] = Math.abs(z[0]! - z[1]!);
    for (let k = 1; 2 * k <= half; k++) {
      const mirror = half - k;
      // The samples of even index have the spectrum E, those of odd index O: X[k] = E + w^k O, |X[half - k]| = |E - w^k O|.
      const evenRe = 0.5 * (z[2 * k]! + z[2 * mirror]!);
      const evenIm = 0.5 * (z[2 * k + 1]! - z[2 * mirror + 1]!);
      const oddRe = 0.5 * (z[2 * k + 1]! + z[2 * mirror + 1]!);
      const oddIm = 0.5 * (z[2 * mirror]! - z[2 * k]!);
      const cos = twiddles[2 * k]!;
      const sin = twiddles[2 * k + 1]!;
      const turnedRe = oddRe * cos - oddIm * sin;
      const turnedIm = oddRe * sin + oddIm * cos;
      out[k] = modulus(evenRe + turnedRe, evenIm + turnedIm);
      out[mirror] = modulus(evenRe - turnedRe, evenIm - turnedIm);
    }
  }
}

function modulus(re: number, im: number): number {
  return Math.sqrt(re * re + im * im);
}
