import { setTimeout as pause } from 'node:timers/promises';
import type { ICustomPartitioner, Producer, Transaction } from 'kafkajs';
import { ConfigError, requireInteger, show } from '../../core/index.ts';
import { readClientError } from './kafka-error.ts';
import { openAdmin } from './kafkajs-admin.ts';
import { compressionNumber } from './kafkajs-codecs.ts';
import type { KafkajsLink } from './kafkajs-link.ts';
import { KafkajsPartitions } from './kafkajs-partitions.ts';
import { firstOffset, toMessage } from './kafkajs-record.ts';
import { RETRY } from './kafkajs-settings.ts';
import { withinTime } from './reachable.ts';
import {
  type GroupOffset,
  type TransactionalProducer,
  TransactionError,
  type TransactionOptions,
} from './transaction.ts';
import { toTransactionError } from './transaction-fault.ts';
import type { OutgoingRecord } from './transport.ts';

const FIRST_PAUSE_MS = 5;
const MAX_PAUSE_MS = 500;

/**
 * The {@link TransactionalProducer} over kafkajs, on a link of its own. When it resolves the id is this producer's: older
 * ones are fenced and their open transaction is over.
 * @throws ConfigError `CONFIG_INVALID`; TransactionError
 */
export async function openTransactional(
  link: KafkajsLink,
  createPartitioner: ICustomPartitioner,
  options: TransactionOptions,
): Promise<TransactionalProducer> {
  const { transactionalId } = options;
  if (typeof transactionalId !== 'string' || transactionalId === '' || transactionalId.length > 1000) {
    const got = show(transactionalId);
    throw new ConfigError('CONFIG_INVALID', `Expected \`transactionalId\` to have 1..1000 characters, got ${got}`);
  }
  const range = { min: 1000, max: 900_000 };
  const transactionTimeout = requireInteger('transactionTimeoutMs', options.transactionTimeoutMs ?? 60_000, range);
  // `idempotent` is left out: it gets a second producer id that transactions, always idempotent, do not use.
  const producer = link.client.producer({
    createPartitioner,
    transactionalId,
    transactionTimeout,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    retry: RETRY,
  });
  const { brokers, sendTimeoutMs: timeoutMs } = link.connection;
  const action = `give transactional id ${transactionalId} to this producer`;
  try {
    await link.connect(producer);
    const partitions = new KafkajsPartitions(await openAdmin(link), brokers, createPartitioner);
    // The client asks for its producer id, which fences the others, at the first transaction only.
    const first = await withinTime(
      settled(link, () => producer.transaction(), ANY_FAULT),
      { brokers, timeoutMs, action },
    );
    return new KafkajsTransactionalProducer({ link, producer, partitions, transactionalId, first });
  } catch (error) {
    link.cut();
    const cause = (await link.mismatch(error)) ?? error;
    throw toTransactionError(cause, { brokers, action, logged: link.logged });
  }
}

interface Parts {
  readonly link: KafkajsLink;
  readonly producer: Producer;
  readonly partitions: KafkajsPartitions;
  readonly transactionalId: string;
  /** Begun already, nothing in it: the brokers do not know of it. */
  readonly first: Transaction;
}

class KafkajsTransactionalProducer implements TransactionalProducer {
  readonly transactionalId: string;
  readonly #parts: Parts;
  #begun: Transaction | undefined;
  #spare: Transaction | undefined;
  /** Why nothing goes any more. */
  #over: TransactionError | undefined;
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#spare = parts.first;
    this.transactionalId = parts.transactionalId;
  }

  partitionFor(topic: string, key: string | Uint8Array | null): Promise<number> {
    const { partitions } = this.#parts;
    return this.#call(`tell the partitions of topic ${topic}`, () => partitions.partitionFor(topic, key));
  }

  async begin(): Promise<void> {
    if (this.#begun !== undefined && this.#over === undefined) throw this.#misused('no open transaction, one is open');
    await this.#call(`begin a transaction of ${this.transactionalId}`, async () => {
      this.#begun = this.#spare ?? (await this.#parts.producer.transaction());
      this.#spare = undefined;
    });
  }

  async send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<bigint> {
    const transaction = this.#open();
    if (records.length === 0) return -1n;
    const { partitions, transactionalId, link } = this.#parts;
    const compression = compressionNumber(link.connection.compression);
    const place = `topic ${topic}, partition ${partition}`;
    const messages = records.map((record) => toMessage(record, partition));
    return this.#call(`take ${records.length} records of ${transactionalId} for ${place}`, async () => {
      await partitions.require(topic, partition);
      return firstOffset(await transaction.send({ topic, acks: -1, compression, messages }));
    });
  }

  async sendOffset({ groupId, topic, partition, offset }: GroupOffset): Promise<void> {
    const transaction = this.#open();
    const topics = [{ topic, partitions: [{ partition, offset: String(offset) }] }];
    const what = `offset ${offset} of topic ${topic}, partition ${partition} for group ${groupId}`;
    await this.#call(`take ${what} into a transaction of ${this.transactionalId}`, () =>
      settled(this.#parts.link, () => transaction.sendOffsets({ consumerGroupId: groupId, topics })),
    );
  }

  commit(): Promise<void> {
    return this.#end('commit', (transaction) => transaction.commit());
  }

  abort(): Promise<void> {
    return this.#end('abort', (transaction) => transaction.abort());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#over ??= this.#misused('an open producer, it is closed');
    await this.#parts.link.disconnect(this.#parts.producer);
    await this.#parts.partitions.close();
  }

  async #end(verb: string, end: (transaction: Transaction) => Promise<void>): Promise<void> {
    const transaction = this.#open();
    await this.#bounded({ action: `${verb} a transaction of ${this.transactionalId}`, ending: true }, () =>
      end(transaction),
    );
    this.#begun = undefined;
  }

  #open(): Transaction {
    if (this.#over !== undefined) throw this.#over;
    if (this.#begun === undefined) throw this.#misused('an open transaction, none is open');
    return this.#begun;
  }

  #call<T>(action: string, work: () => Promise<T>): Promise<T> {
    return this.#bounded({ action, ending: false }, work);
  }

  /** Bounded in time. After a fault that an abort does not clear the link is cut: nothing may be written after it. */
  async #bounded<T>(call: { readonly action: string; readonly ending: boolean }, work: () => Promise<T>): Promise<T> {
    if (this.#over !== undefined) throw this.#over;
    const { link } = this.#parts;
    const { brokers, sendTimeoutMs: timeoutMs } = link.connection;
    try {
      return await withinTime(work(), { brokers, timeoutMs, action: call.action });
    } catch (error) {
      const failure = toTransactionError(error, { ...call, brokers, logged: link.logged });
      if (failure.fault !== 'abortable') {
        this.#over = failure;
        link.cut();
      }
      throw failure;
    }
  }

  #misused(expected: string): TransactionError {
    return new TransactionError('fatal', `Expected transactional id ${this.transactionalId} to have ${expected}`);
  }
}

const ANSWERED = { unanswered: false };
/** Of a request that belongs to no transaction: it may arrive late. */
const ANY_FAULT = { unanswered: true };

/**
 * Asks again while a broker answers that it is not ready yet: it writes the markers of the last transaction, or a
 * coordinator moves. Only for requests that may be made twice, and only after an answer unless told otherwise: one without an
 * answer may still arrive later, in the next transaction.
 */
async function settled<T>(link: KafkajsLink, ask: () => Promise<T>, { unanswered } = ANSWERED): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.3, MAX_PAUSE_MS)) {
    try {
      return await ask();
    } catch (error) {
      const { kind, retriable, noCoordinator } = readClientError(error, link.logged);
      const isAway = unanswered && kind === 'unreachable';
      const soon = noCoordinator || isAway || (kind === 'answered' && retriable);
      if (link.isCut || !soon) throw error;
    }
    await pause(pauseMs);
  }
}
