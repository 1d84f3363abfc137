import type { SnapshotReader, SnapshotWriter } from '../../../core/index.ts';

const FORGETTING = 0.997;
const MAX_TRACE = 1e6;
const CLIP = 5;
const SCALE_STEP = 0.01;
const MIN_SCALE = 1e-3;

/**
 * Linear regression fitted online: recursive least squares with exponential forgetting 0.997 (Haykin, "Adaptive
 * Filter Theory", ch. 10). Errors are clipped at five times their running scale, so that a burst does not unlearn what was known;
 * the trace of the inverse covariance is capped. O(features²) per step, nothing allocated.
 */
export class RecursiveLeastSquares {
  readonly #size: number;
  readonly #weights: Float64Array;
  /** Inverse covariance, `[size, size]`, symmetric. */
  readonly #inverse: Float64Array;
  readonly #gain: Float64Array;
  #scale = 1;

  constructor(size: number) {
    this.#size = size;
    this.#weights = new Float64Array(size);
    this.#inverse = new Float64Array(size * size);
    this.#gain = new Float64Array(size);
    for (let i = 0; i < size; i++) this.#inverse[i * size + i] = 1;
  }

  get stateBytes(): number {
    return this.#inverse.byteLength + 2 * this.#weights.byteLength;
  }

  predict(features: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < this.#size; i++) sum += (this.#weights[i] as number) * (features[i] as number);
    return sum;
  }

  /** Learns that `features` gave `target`. */
  update(features: Float64Array, target: number): void {
    const size = this.#size;
    const inverse = this.#inverse;
    let denominator = FORGETTING;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += (inverse[i * size + j] as number) * (features[j] as number);
      this.#gain[i] = sum;
      denominator += sum * (features[i] as number);
    }
    const bound = CLIP * this.#scale;
    const error = Math.min(bound, Math.max(-bound, target - this.predict(features)));
    this.#scale = Math.max(MIN_SCALE, this.#scale + SCALE_STEP * (1.25 * Math.abs(error) - this.#scale));
    let trace = 0;
    for (let i = 0; i < size; i++) {
      const share = (this.#gain[i] as number) / denominator;
      this.#weights[i] = (this.#weights[i] as number) + share * error;
      for (let j = 0; j <= i; j++) {
        const value = ((inverse[i * size + j] as number) - share * (this.#gain[j] as number)) / FORGETTING;
        inverse[i * size + j] = value;
        inverse[j * size + i] = value;
      }
      trace += inverse[i * size + i] as number;
    }
    if (trace > MAX_TRACE) {
      const shrink = MAX_TRACE / trace;
      for (let i = 0; i < inverse.length; i++) inverse[i] = (inverse[i] as number) * shrink;
    }
  }

  save(writer: SnapshotWriter): void {
    writer.float64(this.#scale);
    writer.array(this.#weights);
    writer.array(this.#inverse);
  }

  load(reader: SnapshotReader): void {
    this.#scale = reader.float64();
    this.#weights.set(reader.float64Array(this.#size));
    this.#inverse.set(reader.float64Array(this.#inverse.length));
  }
}
