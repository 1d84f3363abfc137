import type { EncoderSize } from './configs.ts';
import type {
  BandwidthMeasurement,
  EncoderCase,
  EncoderLine,
  EncoderMeasurement,
  EncoderSkip,
  EngineName,
  IdleStreamsMeasurement,
  WorkersMeasurement,
} from './measurement.ts';

/** A figure, or why there is none. */
export type Reached = { readonly value: number; readonly note?: string } | { readonly missing: string };

/** Where a figure stands; the model is the Longformer unless said. */
export type Place = Pick<EncoderCase, 'config' | 'streams' | 'tokens' | 'engine'> & Partial<Pick<EncoderCase, 'model'>>;

/** Finds figures among the lines of a run. */
export class Results {
  readonly #lines: readonly EncoderLine[];

  constructor(lines: readonly EncoderLine[]) {
    this.#lines = lines;
  }

  /** The price at one place divided by that at another. */
  ratio(of: Place, to: Place): Reached {
    const [above, below] = [this.price(of), this.price(to)];
    if ('missing' in above) return above;
    if ('missing' in below) return below;
    return { value: above.value / below.value };
  }

  bandwidth(config: EncoderSize): BandwidthMeasurement | undefined {
    return this.#lines.find(
      (line): line is BandwidthMeasurement => line.bench === 'bandwidth' && line.config === config,
    );
  }

  workers(engine: EngineName): WorkersMeasurement | undefined {
    return this.#lines.find((line): line is WorkersMeasurement => line.bench === 'workers' && line.engine === engine);
  }

  idle(engine: EngineName): IdleStreamsMeasurement | undefined {
    return this.#lines.find(
      (line): line is IdleStreamsMeasurement => line.bench === 'idle-streams' && line.engine === engine,
    );
  }

  /** CPU microseconds per token. */
  price(place: Place): Reached {
    const same = this.#lines.filter(
      (line): line is EncoderMeasurement | EncoderSkip =>
        line.bench === 'encoder' &&
        line.model === (place.model ?? 'longformer') &&
        line.config === place.config &&
        line.streams === place.streams &&
        line.tokens === place.tokens &&
        line.engine === place.engine,
    );
    const measured = same.find((line): line is EncoderMeasurement => 'usPerToken' in line);
    if (measured !== undefined) return { value: measured.usPerToken };
    const skipped = same.find((line): line is EncoderSkip => 'skipped' in line);
    return { missing: `${place.engine}: ${skipped?.skipped ?? 'not part of this run'}` };
  }
}
