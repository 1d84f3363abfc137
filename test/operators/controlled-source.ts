import type { Source } from '../../core/index.ts';

/** A source of numbers 0, 1, 2 … that tells what was asked of it. */
export class ControlledSource implements Source<number> {
  readonly name = 'controlled';
  /** Values handed out. */
  read = 0;
  /** Reads under way at once, at most. */
  mostReads = 0;
  /** How often the iterator's `return` was called. */
  returns = 0;
  signal: AbortSignal | undefined;
  readonly #length: number;
  readonly #fault: unknown;
  #reads = 0;

  /** Ends after `length` values, with `fault` where one is given. */
  constructor(length: number, fault?: unknown) {
    this.#length = length;
    this.#fault = fault;
  }

  open(signal?: AbortSignal): AsyncIterable<number> {
    this.signal = signal;
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#next(), return: () => this.#return() }) };
  }

  async #next(): Promise<IteratorResult<number>> {
    this.#reads += 1;
    this.mostReads = Math.max(this.mostReads, this.#reads);
    await Promise.resolve();
    this.#reads -= 1;
    if (this.read < this.#length) return { done: false, value: this.read++ };
    if (this.#fault !== undefined) throw this.#fault;
    return { done: true, value: undefined };
  }

  async #return(): Promise<IteratorResult<number>> {
    this.returns += 1;
    return { done: true, value: undefined };
  }
}

/** Lets everything that is due run: promises, then one turn of the event loop. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
