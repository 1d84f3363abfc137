import { type GroupOffset, TransactionError } from '../kafka/index.ts';
import type { PartitionLog } from './partition-log.ts';

/** What a producer has begun and not ended. */
export interface Transaction {
  /** 0 until something is written. */
  number: number;
  /** Ms since 1970. */
  startedAtMs: number;
  /** Per partition the offset behind the last record of this transaction; 0 where there is none. */
  readonly ends: Map<PartitionLog, bigint>;
  readonly offsets: Map<string, GroupOffset>;
}

/** Longest time of a timer of Node. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const RETRY_MS = 1000;

/** One producer's hold of a transactional id. */
export class ProducerSession {
  readonly transactionalId: string;
  readonly timeoutMs: number;
  readonly epoch: number;
  transaction: Transaction | undefined;
  /** Settles when the commit at work is done. */
  ending: Promise<void> | undefined;
  #fencedBecause: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { readonly transactionalId: string; readonly timeoutMs: number; readonly epoch: number }) {
    this.transactionalId = options.transactionalId;
    this.timeoutMs = options.timeoutMs;
    this.epoch = options.epoch;
  }

  get isCurrent(): boolean {
    return this.#fencedBecause === undefined;
  }

  /** Every call of its producer fails from here on. */
  fence(because: string): void {
    this.#fencedBecause ??= because;
  }

  /** @throws TransactionError `TRANSACTION_FENCED` */
  requireCurrent(): void {
    if (this.#fencedBecause === undefined) return;
    throw new TransactionError(
      'fenced',
      `Expected the producer of epoch ${this.epoch} to hold the transactional id ${this.transactionalId}, ` +
        this.#fencedBecause,
    );
  }

  /** The broker's clock decides; the timer only looks at it when nobody else does. */
  wakeAfterTimeout(look: () => void): void {
    const later = (ms: number): void => {
      this.#timer = setTimeout(
        () => {
          look();
          if (this.transaction !== undefined) later(RETRY_MS);
        },
        Math.min(ms, MAX_TIMER_MS),
      ).unref();
    };
    later(this.timeoutMs);
  }

  stopTimer(): void {
    clearTimeout(this.#timer);
  }

  endTransaction(): void {
    this.stopTimer();
    this.transaction = undefined;
  }
}
