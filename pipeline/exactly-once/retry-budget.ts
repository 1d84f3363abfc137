import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 1000;

/** Pauses between attempts, doubling to a second, until a time is used up. */
export class RetryBudget {
  readonly #deadlineMs: number;
  readonly #signal: AbortSignal | undefined;
  #pauseMs = FIRST_PAUSE_MS;

  /**
   * @param totalMs from now on
   * @param signal ends it before
   */
  constructor(totalMs: number, signal?: AbortSignal) {
    this.#signal = signal;
    this.#deadlineMs = performance.now() + totalMs;
  }

  /** Waits for the next attempt. @throws `error` when the time is over */
  async next(error: unknown): Promise<void> {
    if (this.#signal?.aborted === true || performance.now() + this.#pauseMs > this.#deadlineMs) throw error;
    await sleep(this.#pauseMs, undefined, this.#signal === undefined ? {} : { signal: this.#signal }).catch(() => {
      throw error;
    });
    this.#pauseMs = Math.min(2 * this.#pauseMs, MAX_PAUSE_MS);
  }
}
