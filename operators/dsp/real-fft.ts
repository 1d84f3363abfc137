/// <reference path="./fft-js.d.ts" />
import FFT from 'fft.js';
import { arithmetic, ConfigError, requireInteger } from '../../core/index.ts';

/**
 * Magnitude spectrum of real frames. One instance holds its own scratch: one caller at a time.
 * Cost O(fftLength log fftLength) per frame, no allocation.
 */
export class RealFft {
  readonly fftLength: number;
  /** Input of the next transform `[fftLength]`; the caller fills it. */
  readonly input: Float64Array;
  readonly #fft: FFT;
  readonly #spectrum: Float64Array;

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
    this.#fft = new FFT(fftLength);
    this.#spectrum = new Float64Array(2 * fftLength);
    // fft.js takes its twiddle factors from Math.cos and Math.sin, whose last bit is up to the engine.
    const { table } = this.#fft;
    const pair = new Float64Array(2);
    for (let i = 0; i < table.length; i += 2) {
      arithmetic.sinCos((Math.PI * i) / fftLength, pair, 0);
      table[i] = pair[1]!;
      table[i + 1] = -pair[0]!;
    }
  }

  /** Transforms `input` and writes |X| of bins 0 .. fftLength / 2 to `out` `[fftLength / 2 + 1]`. */
  magnitudes(out: Float64Array): void {
    const spectrum = this.#spectrum;
    this.#fft.realTransform(spectrum, this.input);
    for (let bin = 0; bin <= this.fftLength / 2; bin++) {
      const re = spectrum[2 * bin]!;
      const im = spectrum[2 * bin + 1]!;
      out[bin] = Math.sqrt(re * re + im * im);
    }
  }
}
