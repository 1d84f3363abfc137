import {
  arithmetic,
  ConfigError,
  requireInteger,
  requireNumber,
  type SnapshotIdentity,
  SnapshotReader,
  SnapshotWriter,
  sha256Hex,
} from '../../core/index.ts';
import { MAX_FLOAT32, requireFinite } from './finite-samples.ts';
import { FrameSlicer } from './frame-slicer.ts';
import { periodicHann } from './hann.ts';
import { type MelFilterbank, melFilterbank } from './mel-filterbank.ts';
import { RealFft } from './real-fft.ts';
import type { TokenStream } from './token-stream.ts';

/** Options of {@link LogMelStream}; the defaults are YAMNet's front-end. */
export interface LogMelOptions {
  /** 1000..192000; default 16000. */
  readonly sampleRateHz?: number;
  /** Length of a frame, a whole number of samples; default 25. */
  readonly frameMs?: number;
  /** Distance of two frames, a whole number of samples; default 10. */
  readonly hopMs?: number;
  /** Number of mel bands, 1..1024; default 64. */
  readonly melBins?: number;
  /** Lower edge of the bands; default 125. */
  readonly lowHz?: number;
  /** Upper edge of the bands, at most half the sample rate; default 7500, or half the sample rate where that is less. */
  readonly highHz?: number;
  /** Added to each band before the logarithm, 1e-12..1; default 0.001, so that silence is ln 0.001 = -6.9078. */
  readonly logOffset?: number;
}

/**
 * Mono samples `[T]` in [-1, 1] → log-mel tokens `[T', melBins]`: frame n is samples n × hop .. n × hop + frame - 1;
 * periodic Hann, zero-padded to a power of two, magnitude (not power) spectrum, HTK mel bands, ln(mel + logOffset).
 * Double precision by a fixed sequence of operations, rounded to float32 at the end. No centring, no padding, no
 * level normalisation. Holds one frame of samples; allocates the result and nothing per frame.
 * @example
 * new LogMelStream({}).push(new Float32Array(400)); // 64 times -6.9078
 */
export class LogMelStream implements TokenStream {
  readonly sampleRateHz: number;
  /** Samples in a frame. */
  readonly frameLength: number;
  /** Samples from frame to frame. */
  readonly hopLength: number;
  /** = `melBins`. */
  readonly width: number;
  readonly #slicer: FrameSlicer;
  readonly #window: Float64Array;
  readonly #fft: RealFft;
  readonly #magnitudes: Float64Array;
  readonly #bands: MelFilterbank;
  readonly #logOffset: number;
  readonly #identity: SnapshotIdentity;

  /** @throws ConfigError for an option out of range. */
  constructor(options: LogMelOptions = {}) {
    const sampleRateHz = requireNumber('sampleRateHz', options.sampleRateHz ?? 16000, { min: 1000, max: 192000 });
    this.sampleRateHz = sampleRateHz;
    this.frameLength = wholeSamples('frameMs', options.frameMs ?? 25, sampleRateHz);
    this.hopLength = wholeSamples('hopMs', options.hopMs ?? 10, sampleRateHz);
    this.#logOffset = requireNumber('logOffset', options.logOffset ?? 0.001, { min: 1e-12, max: 1 });
    this.#slicer = new FrameSlicer({ frameLength: this.frameLength, hopLength: this.hopLength });
    let fftLength = 4;
    while (fftLength < this.frameLength) fftLength *= 2;
    this.#fft = new RealFft(fftLength);
    this.#window = periodicHann(this.frameLength);
    this.#magnitudes = new Float64Array(fftLength / 2 + 1);
    const lowHz = options.lowHz ?? 125;
    const highHz = options.highHz ?? Math.min(7500, sampleRateHz / 2);
    this.#bands = melFilterbank({ sampleRateHz, fftLength, melBins: options.melBins ?? 64, lowHz, highHz });
    this.width = this.#bands.melBins;
    const settings = [sampleRateHz, this.frameLength, this.hopLength, this.width, lowHz, highHz, this.#logOffset];
    this.#identity = { kind: 'log-mel', version: 1, modelHash: sha256Hex(Float64Array.from(settings)) };
  }

  push(samples: Float32Array | Float64Array): Float32Array {
    requireFinite(samples, { channels: 1, startRow: this.#slicer.position, limit: MAX_FLOAT32 });
    const tokens = new Float32Array(this.#slicer.framesIn(samples.length) * this.width);
    this.#slicer.push(samples, (index) => this.#analyse(tokens, index * this.width));
    return tokens;
  }

  /** Nothing: a frame that is not whole gives no token. */
  flush(): Float32Array {
    return new Float32Array(0);
  }

  reset(): void {
    this.#slicer.reset();
  }

  snapshot(): Uint8Array {
    const writer = new SnapshotWriter(this.#identity);
    this.#slicer.save(writer);
    return writer.finish();
  }

  restore(bytes: Uint8Array): void {
    const reader = new SnapshotReader(bytes, this.#identity);
    const takeOver = this.#slicer.load(reader);
    reader.finish();
    takeOver();
  }

  /** The slicer's frame → one token at `tokens[at]`. The FFT input beyond the frame stays 0. */
  #analyse(tokens: Float32Array, at: number): void {
    const { frame } = this.#slicer;
    const input = this.#fft.input;
    const magnitudes = this.#magnitudes;
    const { firstBins, offsets, weights } = this.#bands;
    for (let i = 0; i < frame.length; i++) input[i] = frame[i]! * this.#window[i]!;
    this.#fft.magnitudes(magnitudes);
    for (let band = 0; band < this.width; band++) {
      let sum = 0;
      let bin = firstBins[band]!;
      for (let w = offsets[band]!; w < offsets[band + 1]!; w++) sum += weights[w]! * magnitudes[bin++]!;
      tokens[at + band] = arithmetic.logDouble(sum + this.#logOffset);
    }
  }
}

function wholeSamples(name: string, ms: number, sampleRateHz: number): number {
  requireNumber(name, ms, { min: 0.01, max: 1000 });
  const samples = Math.round((ms * sampleRateHz) / 1000);
  if (Math.abs(samples - (ms * sampleRateHz) / 1000) > 1e-6) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`${name}\` to be a whole number of samples at ${sampleRateHz} Hz, got ${ms} ms`,
    );
  }
  return requireInteger(name, samples, { min: 1, max: 65536 });
}
