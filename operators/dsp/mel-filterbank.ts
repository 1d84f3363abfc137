import { arithmetic, ConfigError, requireInteger, requireNumber } from '../../core/index.ts';

/** Options of {@link melFilterbank}. */
export interface MelFilterbankOptions {
  readonly sampleRateHz: number;
  /** Even; the spectrum has `fftLength / 2 + 1` bins. */
  readonly fftLength: number;
  /** Number of bands, 1..1024. */
  readonly melBins: number;
  /** Lower edge of the first band. */
  readonly lowHz: number;
  /** Upper edge of the last band, at most half the sample rate. */
  readonly highHz: number;
}

/** Triangular bands, sparse: band b is `weights[offsets[b] .. offsets[b + 1] - 1]` over bins from `firstBins[b]` on. */
export interface MelFilterbank {
  readonly melBins: number;
  /** `[melBins]` */
  readonly firstBins: Int32Array;
  /** `[melBins + 1]` */
  readonly offsets: Int32Array;
  /** `[offsets[melBins]]` */
  readonly weights: Float64Array;
}

/** A bin on an edge has weight 0 but for rounding. */
const EDGE = 1e-12;

/**
 * HTK mel bands: mel(f) = 1127 ln(1 + f / 700); edges evenly spaced in mel; triangles linear in mel with peak 1,
 * no area normalisation; bin 0 belongs to no band. A narrow band may hold no bin and is then always 0.
 * @throws ConfigError for an option out of range.
 */
export function melFilterbank(options: MelFilterbankOptions): MelFilterbank {
  const { sampleRateHz, fftLength, lowHz, highHz } = options;
  const melBins = requireInteger('melBins', options.melBins, { min: 1, max: 1024 });
  requireNumber('highHz', highHz, { min: 0, max: sampleRateHz / 2 });
  requireNumber('lowHz', lowHz, { min: 0, max: highHz });
  if (lowHz === highHz)
    throw new ConfigError('CONFIG_INVALID', `Expected \`lowHz\` to be below ${highHz}, got ${lowHz}`);

  const lowMel = htkMel(lowHz);
  const stepMel = (htkMel(highHz) - lowMel) / (melBins + 1);
  const binMels = Float64Array.from({ length: fftLength / 2 + 1 }, (_, k) => htkMel((k * sampleRateHz) / fftLength));
  const firstBins = new Int32Array(melBins);
  const offsets = new Int32Array(melBins + 1);
  const weights: number[] = [];
  for (let band = 0; band < melBins; band++) {
    const lower = lowMel + band * stepMel;
    for (let bin = 1; bin < binMels.length; bin++) {
      const fromLower = (binMels[bin]! - lower) / stepMel; // 0 at the lower edge, 1 at the centre, 2 at the upper edge
      const weight = Math.min(fromLower, 2 - fromLower);
      if (weight < EDGE) continue;
      if (weights.length === offsets[band]) firstBins[band] = bin;
      weights.push(weight);
    }
    offsets[band + 1] = weights.length;
  }
  return { melBins, firstBins, offsets, weights: Float64Array.from(weights) };
}

function htkMel(hz: number): number {
  return 1127 * arithmetic.logDouble(1 + hz / 700);
}
