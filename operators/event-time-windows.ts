import { ConfigError, InputError, LateEventError, OverflowError, requireInteger } from '../core/index.ts';

/** An event that came after a window it belongs to had been closed. */
export interface LateEvent<T> {
  readonly item: T;
  readonly timeMs: number;
  /** Everything that ends at or before this was closed. */
  readonly watermarkMs: number;
  /** Starts of the windows that it missed; it was still counted in its other windows, where steps overlap. */
  readonly missedStartsMs: readonly number[];
}

/** Options of `eventTimeWindow`. */
export interface EventTimeWindowOptions<T> {
  /** Event time of an item in ms since 1970; fractions allowed. */
  readonly timeOf: (item: T) => number;
  /** Length of a window, a whole number of ms, 1..2^40. */
  readonly durationMs: number;
  /** From one window's start to the next one's, 1..durationMs and at least durationMs / 1024; default `durationMs` (tumbling). */
  readonly stepMs?: number;
  /** How far an event may lag behind the latest one seen, 0..2^40; default 0. */
  readonly graceMs?: number;
  /**
   * What happens to an event that misses a window: `drop` leaves it out and counts it in `lateTotal`, `error` ends
   * the result with LateEventError, a function is given the event (for a dead-letter topic) and counts it too.
   */
  readonly onLate: 'drop' | 'error' | ((late: LateEvent<T>) => void);
  /** Items in open windows at most, each once for every window that holds it; 1..2^24, default 1000000. */
  readonly maxItems?: number;
}

/** A closed window with its events. */
export interface EventWindow<T> {
  /** Inclusive; a multiple of `stepMs`. */
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  /** At least one, by event time; equal times in order of arrival. */
  readonly items: readonly T[];
  /** Events of this subscription that have missed a window so far. The last window carries the final number. */
  readonly lateTotal: number;
}

interface Entry<T> {
  readonly timeMs: number;
  readonly item: T;
}

/** The state of event-time windowing: open windows and the watermark. */
export class EventTimeWindows<T> {
  readonly #timeOf: (item: T) => number;
  readonly #durationMs: number;
  readonly #stepMs: number;
  readonly #graceMs: number;
  readonly #maxItems: number;
  readonly #onLate: EventTimeWindowOptions<T>['onLate'];
  readonly #open = new Map<number, Entry<T>[]>();
  #held = 0;
  #watermarkMs = Number.NEGATIVE_INFINITY;
  #earliestEndMs = Number.POSITIVE_INFINITY;
  #lateTotal = 0;

  /** @throws ConfigError for an option out of range. */
  constructor(options: EventTimeWindowOptions<T>) {
    this.#timeOf = options.timeOf;
    this.#durationMs = requireInteger('durationMs', options.durationMs, { min: 1, max: 2 ** 40 });
    const shortest = Math.ceil(this.#durationMs / 1024);
    this.#stepMs = requireInteger('stepMs', options.stepMs ?? this.#durationMs, {
      min: shortest,
      max: this.#durationMs,
    });
    this.#graceMs = requireInteger('graceMs', options.graceMs ?? 0, { min: 0, max: 2 ** 40 });
    this.#maxItems = requireInteger('maxItems', options.maxItems ?? 1_000_000, { min: 1, max: 2 ** 24 });
    this.#onLate = options.onLate;
    if (typeof options.onLate !== 'function' && options.onLate !== 'drop' && options.onLate !== 'error') {
      throw new ConfigError('CONFIG_INVALID', 'Expected `onLate` to be drop, error or a function');
    }
  }

  /** Takes an event and returns the windows that the watermark closes, in order of time. */
  add(item: T): EventWindow<T>[] {
    const timeMs = this.#timeOf(item);
    if (!Number.isFinite(timeMs)) {
      throw new InputError('VALUE_NOT_FINITE', `Expected the event time to be finite, got ${timeMs}`);
    }
    this.#place({ timeMs, item });
    this.#watermarkMs = Math.max(this.#watermarkMs, timeMs - this.#graceMs);
    return this.#watermarkMs < this.#earliestEndMs ? [] : this.#closeUpTo(this.#watermarkMs);
  }

  /** Closes every open window. */
  end(): EventWindow<T>[] {
    return this.#closeUpTo(Number.POSITIVE_INFINITY);
  }

  #place(entry: Entry<T>): void {
    const missedStartsMs: number[] = [];
    const lastStart = Math.floor(entry.timeMs / this.#stepMs) * this.#stepMs;
    for (let start = lastStart; start > entry.timeMs - this.#durationMs; start -= this.#stepMs) {
      if (start + this.#durationMs <= this.#watermarkMs) missedStartsMs.push(start);
      else this.#enter(start, entry);
    }
    if (missedStartsMs.length > 0) this.#tellLate(entry, missedStartsMs.reverse());
  }

  #enter(start: number, entry: Entry<T>): void {
    if (this.#held >= this.#maxItems) {
      throw new OverflowError(
        'BUFFER_OVERFLOW',
        `Expected at most ${this.#maxItems} items in open windows (\`maxItems\`), got one more`,
      );
    }
    this.#held += 1;
    const entries = this.#open.get(start);
    if (entries !== undefined) entries.push(entry);
    else this.#open.set(start, [entry]);
    this.#earliestEndMs = Math.min(this.#earliestEndMs, start + this.#durationMs);
  }

  #tellLate({ item, timeMs }: Entry<T>, missedStartsMs: readonly number[]): void {
    const watermarkMs = this.#watermarkMs;
    this.#lateTotal += 1;
    if (this.#onLate === 'error') {
      throw new LateEventError(
        'LATE_EVENT',
        `Expected an event time after the watermark ${watermarkMs}, got ${timeMs}, whose window was closed`,
      );
    }
    if (this.#onLate !== 'drop') this.#onLate({ item, timeMs, watermarkMs, missedStartsMs });
  }

  #closeUpTo(watermarkMs: number): EventWindow<T>[] {
    const starts = [...this.#open.keys()].filter((start) => start + this.#durationMs <= watermarkMs);
    const closed = starts.sort((a, b) => a - b).map((startMs) => this.#close(startMs));
    this.#earliestEndMs = Number.POSITIVE_INFINITY;
    for (const start of this.#open.keys()) {
      this.#earliestEndMs = Math.min(this.#earliestEndMs, start + this.#durationMs);
    }
    return closed;
  }

  #close(startMs: number): EventWindow<T> {
    const entries = this.#open.get(startMs) ?? [];
    this.#open.delete(startMs);
    this.#held -= entries.length;
    entries.sort((a, b) => a.timeMs - b.timeMs);
    const items = entries.map((entry) => entry.item);
    return { startMs, endMs: startMs + this.#durationMs, items, lateTotal: this.#lateTotal };
  }
}
