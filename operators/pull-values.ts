import { config, Observable, type Subscriber } from 'rxjs';
import { ConfigError, requireInteger, requireNumber, type Source } from '../core/index.ts';
import { CreditGate } from './credit-gate.ts';

/** Options of {@link pullValues} and `pull`. */
export interface PullOptions<T> {
  /** Items under way at most, 1..65536: read from the source and not yet acknowledged. */
  readonly credits: number;
  /**
   * Bytes under way at most, by `sizeOf`: nothing is read while they are reached, so the peak is this plus one item.
   * Default no limit.
   */
  readonly maxBytes?: number;
  /** Bytes that an item holds; needed with `maxBytes`. */
  readonly sizeOf?: (item: T) => number;
  /** Ends the reading: the result completes after what was already read, and the source is released. */
  readonly signal?: AbortSignal;
}

/** A value with the function that returns its credit; calling that again does nothing. */
export interface Credited<T> {
  readonly value: T;
  readonly ack: () => void;
}

/**
 * Reads a source only while downstream has credit, and emits each value with its `ack`. An item costs one credit
 * from when it is read until its `ack` is called, so at most `credits` items exist between the source and the end
 * of the work, whatever buffers lie between. One read is under way at a time and order is kept. An `ack` inside the
 * emission does not recurse. For items that have an `ack` of their own, such as chunks, see `pull`.
 *
 * Unsubscribing aborts the signal that the source was opened with and calls the iterator's `return()`. An error of
 * the source is the error of the result. The result completes with the source, without waiting for open acks.
 * An item that is never acknowledged keeps its credit: see `concatAck`.
 * @throws ConfigError at once for an option out of range.
 * @example
 * pullValues(lines, { credits: 4 }).pipe(concatAck(({ value }) => write(value)));
 */
export function pullValues<T>(source: Source<T> | AsyncIterable<T>, options: PullOptions<T>): Observable<Credited<T>> {
  const credits = requireInteger('credits', options.credits, { min: 1, max: 65536 });
  const maxBytes = requireNumber('maxBytes', options.maxBytes ?? Number.MAX_VALUE, { min: 1, max: Number.MAX_VALUE });
  const { sizeOf, signal } = options;
  if (options.maxBytes !== undefined && sizeOf === undefined) {
    throw new ConfigError('CONFIG_INVALID', 'Expected `sizeOf` to be given with `maxBytes`, got undefined');
  }
  return new Observable((subscriber) => {
    const gate = new CreditGate({ credits, maxBytes });
    const reading = new Reading(source, gate);
    const stop = (): void => reading.stop();
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop, { once: true });
    subscriber.add(() => {
      signal?.removeEventListener('abort', stop);
      stop();
      reading.release().catch(reportUnhandled);
    });
    void pump(reading, subscriber, (value) => gate.take(sizeOf?.(value) ?? 0));
  });
}

/** One pass over a source. */
class Reading<T> {
  readonly #abort = new AbortController();
  readonly #iterator: AsyncIterator<T>;
  readonly #gate: CreditGate;
  #released: Promise<unknown> | undefined;

  constructor(source: Source<T> | AsyncIterable<T>, gate: CreditGate) {
    const items = 'open' in source ? source.open(this.#abort.signal) : source;
    this.#iterator = items[Symbol.asyncIterator]();
    this.#gate = gate;
  }

  /** The next item when there is credit for it; `undefined` at the end or after `stop`. */
  async next(): Promise<{ readonly value: T } | undefined> {
    while (!this.#gate.open && !this.#abort.signal.aborted) await this.#gate.changed();
    if (this.#abort.signal.aborted) return undefined;
    try {
      const step = await this.#iterator.next();
      if (step.done !== true) return step;
    } catch (error) {
      this.#released = Promise.resolve(); // an iterator that threw is over: nothing to return
      throw error;
    }
    this.#released = Promise.resolve();
    return undefined;
  }

  stop(): void {
    this.#abort.abort();
    this.#gate.wake();
  }

  /** Tells an iterator that is not at its end that nothing more is wanted; once. */
  async release(): Promise<void> {
    this.#released ??= this.#iterator.return?.() ?? Promise.resolve();
    await this.#released;
  }
}

async function pump<T>(
  reading: Reading<T>,
  subscriber: Subscriber<Credited<T>>,
  take: (value: T) => () => void,
): Promise<void> {
  try {
    for (let item = await reading.next(); item !== undefined; item = await reading.next()) {
      if (subscriber.closed) return;
      subscriber.next({ value: item.value, ack: take(item.value) });
    }
    if (subscriber.closed) return;
    await reading.release();
    subscriber.complete();
  } catch (error) {
    // After an unsubscribe this is how the source answers the abort, and nobody is left to tell.
    subscriber.error(error);
  }
}

/** A source that fails while it is released after an unsubscribe: reported as rxjs reports its own. */
function reportUnhandled(error: unknown): void {
  if (config.onUnhandledError !== null) config.onUnhandledError(error);
  else
    setTimeout(() => {
      throw error;
    });
}
