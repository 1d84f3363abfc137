import {
  type AnomalyHead,
  type AnomalyVerdicts,
  InputError,
  requireRows,
  SnapshotReader,
  SnapshotWriter,
  sha256Hex,
} from '../../../core/index.ts';
import { HeadState } from './head-state.ts';
import { type AnomalyHeadOptions, type ResolvedAnomalyOptions, resolveAnomalyOptions } from './options.ts';

const SNAPSHOT_VERSION = 2;

/**
 * Makes a head that judges rows of a series never seen before: strictly causal, constant memory, nothing tuned per
 * series. One channel: novelty against thousands of remembered windows in a long and a short view, the rarity of an online
 * forecast's error, calibrated tails, sparse alarms. Several channels: joint novelty of all of them, a forecast for each.
 * Weak on short, coarse series, and blind in its probation.
 *
 * Cost: one channel about 10 µs a row; O(4000 · channels) per token for the search.
 * @throws ConfigError `CONFIG_INVALID`
 * @example
 * const head = createAnomalyHead({ channels: 1 });
 * head.push(Float64Array.of(20.1, 20.3)).scores; // Float64Array [0, 0]: still learning
 */
export function createAnomalyHead(options: AnomalyHeadOptions): AnomalyHead {
  return new NoveltyForecastHead(resolveAnomalyOptions(options));
}

class NoveltyForecastHead implements AnomalyHead {
  readonly channels: number;
  readonly threshold: number;
  readonly #options: ResolvedAnomalyOptions;
  readonly #hash: string;
  #state: HeadState;

  constructor(options: ResolvedAnomalyOptions) {
    const { channels, probationRows, tokenRows, rowsPerDay, encoder } = options;
    this.channels = channels;
    this.threshold = options.threshold;
    this.#options = options;
    const settings = ['anomaly', channels, probationRows, tokenRows, rowsPerDay ?? null, encoder?.modelHash ?? null];
    this.#hash = sha256Hex(JSON.stringify(settings));
    this.#state = new HeadState(options);
  }

  get position(): number {
    return this.#state.rows;
  }

  get stateBytes(): number {
    return this.#state.stateBytes;
  }

  push(rows: Float64Array): AnomalyVerdicts {
    const count = requireRows('rows', rows, this.channels);
    this.#requireFinite(rows);
    const scores = new Float64Array(count);
    const expected = new Float64Array(rows.length);
    for (let row = 0; row < count; row++) {
      this.#state.expect(expected, row * this.channels);
      scores[row] = this.#state.judge(rows, row * this.channels);
    }
    return { scores, expected };
  }

  reset(): void {
    this.#state.close();
    this.#state = new HeadState(this.#options);
  }

  snapshot(): Uint8Array {
    const writer = new SnapshotWriter(this.#identity());
    this.#state.save(writer);
    return writer.finish();
  }

  restore(bytes: Uint8Array): void {
    const reader = new SnapshotReader(bytes, this.#identity());
    const state = new HeadState(this.#options);
    try {
      state.load(reader);
      reader.finish();
    } catch (error) {
      state.close();
      throw error;
    }
    this.#state.close();
    this.#state = state;
  }

  clone(): AnomalyHead {
    const twin = new NoveltyForecastHead(this.#options);
    twin.restore(this.snapshot());
    return twin;
  }

  #identity(): { kind: string; version: number; modelHash: string } {
    return { kind: 'anomaly-head', version: SNAPSHOT_VERSION, modelHash: this.#hash };
  }

  #requireFinite(rows: Float64Array): void {
    for (let i = 0; i < rows.length; i++) {
      if (Number.isFinite(rows[i])) continue;
      const row = this.position + Math.floor(i / this.channels);
      throw new InputError('VALUE_NOT_FINITE', `Expected channel ${i % this.channels} to be finite, got ${rows[i]}`, {
        row,
      });
    }
  }
}
