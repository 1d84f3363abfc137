import type { SnapshotReader, SnapshotWriter } from '../../../core/index.ts';

const MIN_STEP = 0.0125;

/**
 * Running mean of the same phase of a cycle, such as the same half hour of every day: plain while a phase is young, then
 * exponential with step 0.0125. Phases count from the first row of the stream, so no clock is needed.
 */
export class PhaseMean {
  readonly #periodRows: number;
  readonly #means: Float64Array;
  readonly #counts: Float64Array;

  constructor(options: { readonly periodRows: number; readonly phases: number }) {
    this.#periodRows = options.periodRows;
    this.#means = new Float64Array(options.phases);
    this.#counts = new Float64Array(options.phases);
  }

  get stateBytes(): number {
    return this.#means.byteLength + this.#counts.byteLength;
  }

  /** The mean at the phase of a row; `otherwise` where that phase was never seen. */
  mean(row: number, otherwise: number): number {
    const phase = this.#phase(row);
    return this.#counts[phase] === 0 ? otherwise : (this.#means[phase] as number);
  }

  observe(row: number, value: number): void {
    const phase = this.#phase(row);
    const count = (this.#counts[phase] as number) + 1;
    const mean = this.#means[phase] as number;
    this.#counts[phase] = count;
    this.#means[phase] = mean + Math.max(1 / count, MIN_STEP) * (value - mean);
  }

  save(writer: SnapshotWriter): void {
    writer.array(this.#means);
    writer.array(this.#counts);
  }

  load(reader: SnapshotReader): void {
    this.#means.set(reader.float64Array(this.#means.length));
    this.#counts.set(reader.float64Array(this.#counts.length));
  }

  #phase(row: number): number {
    const phases = this.#means.length;
    return Math.min(phases - 1, Math.floor(((row % this.#periodRows) * phases) / this.#periodRows));
  }
}
