import { arithmetic, type SnapshotReader, type SnapshotWriter } from '../../../core/index.ts';

const MIN_STEP = 5e-4;
const MAX_NATS_10 = 10;
const LN_10 = Math.LN10;

/**
 * How rare a value is against those before it, as -log10 of a Gaussian tail: exponentially weighted mean and
 * variance with step max(5e-4, 1/count), known before the value. 0 for values at or below the mean, at most 10.
 */
export class GaussianTail {
  readonly #warmup: number;
  #count = 0;
  #mean = 0;
  #variance = 0;

  /** @param warmup values that are only learnt from */
  constructor(warmup: number) {
    this.#warmup = warmup;
  }

  push(value: number): number {
    const rarity = this.#count >= this.#warmup ? this.#rarity(value) : 0;
    this.#count += 1;
    const step = Math.max(MIN_STEP, 1 / this.#count);
    const difference = value - this.#mean;
    this.#mean += step * difference;
    this.#variance = (1 - step) * (this.#variance + step * difference * difference);
    return rarity;
  }

  save(writer: SnapshotWriter): void {
    writer.float64(this.#count);
    writer.float64(this.#mean);
    writer.float64(this.#variance);
  }

  load(reader: SnapshotReader): void {
    this.#count = reader.float64();
    this.#mean = reader.float64();
    this.#variance = reader.float64();
  }

  #rarity(value: number): number {
    const difference = value - this.#mean;
    if (difference <= 0) return 0;
    if (this.#variance <= 0) return MAX_NATS_10;
    const tail = 0.5 * arithmetic.erfcDouble(difference / Math.sqrt(2 * this.#variance));
    return Math.min(MAX_NATS_10, -arithmetic.logDouble(Math.max(tail, 1e-300)) / LN_10);
  }
}
