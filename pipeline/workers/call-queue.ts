import { Fifo } from './fifo.ts';
import type { Call } from './pooled-stream.ts';

/** What {@link CallQueue} works with. */
export interface CallQueueOptions {
  /** Bytes under way at most; a call that is larger by itself goes alone. */
  readonly maxQueuedBytes: number;
  /** Hands a call to the worker; false when it came to its end here. */
  readonly send: (call: Call) => boolean;
}

/** The calls to one worker, first in, first out: those under way, bounded in bytes, and those that wait behind them. */
export class CallQueue {
  readonly #options: CallQueueOptions;
  readonly #sent = new Fifo<Call>();
  readonly #waiting = new Fifo<Call>();
  #sentBytes = 0;
  #waitingBytes = 0;

  constructor(options: CallQueueOptions) {
    this.#options = options;
  }

  /** Bytes under way. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Nothing is under way, so nothing waits either. */
  get isIdle(): boolean {
    return this.#sent.length === 0;
  }

  add(calls: readonly Call[]): void {
    for (const call of calls) {
      this.#waiting.push(call);
      this.#waitingBytes += call.bytes;
    }
    this.#advance();
  }

  /** The oldest call under way has its answer: `settle` takes it, then the next ones go. */
  settle(settle: (call: Call) => void): void {
    const call = this.#sent.shift();
    if (call === undefined) return;
    this.#sentBytes -= call.bytes;
    settle(call);
    this.#advance();
  }

  /** Takes all calls out, in order: those under way, oldest first, then those that wait. */
  drain(): { readonly sent: Call[]; readonly waiting: Call[] } {
    this.#sentBytes = 0;
    this.#waitingBytes = 0;
    return { sent: this.#sent.drain(), waiting: this.#waiting.drain() };
  }

  #advance(): void {
    const { maxQueuedBytes, send } = this.#options;
    let next = this.#waiting.first;
    while (next !== undefined && (this.isIdle || this.#sentBytes + next.bytes <= maxQueuedBytes)) {
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes;
      if (send(next)) {
        this.#sent.push(next);
        this.#sentBytes += next.bytes;
      }
      next = this.#waiting.first;
    }
  }
}
