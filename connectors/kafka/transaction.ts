import { ConnectorError, type ErrorCode, type LongwaveErrorOptions } from '../../core/index.ts';
import type { OutgoingRecord } from './transport.ts';

/**
 * What a failed transaction leaves behind, by what has to be done about it. What a retry mends is not among them: the client
 * tries again by itself.
 *
 * - `abortable`: nothing of it counts. Abort, begin again with the same records.
 * - `fenced`: another producer has taken the transactional id. Give the partition up; never try again.
 * - `indefinite`: whether it counts is not known. Close the producer, open it anew, which settles the old transaction, and look
 *   at the committed offset.
 * - `fatal`: it will fail again: missing rights, a record too large, a version too old. End the run.
 */
export const TRANSACTION_FAULTS = ['abortable', 'fenced', 'indefinite', 'fatal'] as const;

/** One of {@link TRANSACTION_FAULTS}. */
export type TransactionFault = (typeof TRANSACTION_FAULTS)[number];

const CODES: Readonly<Record<TransactionFault, ErrorCode>> = {
  abortable: 'TRANSACTION_ABORTABLE',
  fenced: 'TRANSACTION_FENCED',
  indefinite: 'TRANSACTION_INDEFINITE',
  fatal: 'TRANSACTION_FATAL',
};

/** A transaction failed; {@link fault} says what has to be done. */
export class TransactionError extends ConnectorError {
  readonly fault: TransactionFault;

  constructor(fault: TransactionFault, message: string, options: LongwaveErrorOptions = {}) {
    super(CODES[fault], message, { retryable: fault === 'abortable' || fault === 'indefinite', ...options });
    this.fault = fault;
  }
}

/** A place in a partition that a group has come to. */
export interface GroupOffset {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  /** The next to read. */
  readonly offset: bigint;
}

/**
 * Writes in transactions under one transactional id. Opening one fences every other producer of the id and settles the
 * transaction that it left open. Calls must not overlap; every failure is a {@link TransactionError}.
 */
export interface TransactionalProducer {
  readonly transactionalId: string;
  /** The partition of a key: murmur2 as in the Java client; any available one for `null`. */
  partitionFor(topic: string, key: string | Uint8Array | null): Promise<number>;
  begin(): Promise<void>;
  /**
   * Sends records of *one* partition, resolves with the offset of the first (-1 when there is none) when all in-sync
   * replicas have them: a request that spans brokers may write twice when one of them fails.
   */
  send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<bigint>;
  /** Adds a group's place to the transaction. */
  sendOffset(place: GroupOffset): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
  /** Leaves an open transaction to the brokers' time-out or the next producer of the id. Closing twice does nothing. */
  close(): Promise<void>;
}

/** Options of a {@link TransactionalProducer}. */
export interface TransactionOptions {
  readonly transactionalId: string;
  /** After so long the brokers abort a transaction that is not ended, in ms, 1000..900000. Default 60000. */
  readonly transactionTimeoutMs?: number;
}
