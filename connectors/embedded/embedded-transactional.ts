import { ConfigError, ConnectorError, requireInteger, show } from '../../core/index.ts';
import {
  type GroupOffset,
  type OutgoingRecord,
  type TransactionalProducer,
  TransactionError,
  type TransactionOptions,
} from '../kafka/index.ts';
import type { BrokerCore } from './broker-core.ts';
import { Partitioner } from './embedded-producer.ts';
import { toBatchRecords } from './outgoing-records.ts';
import type { ProducerSession } from './producer-session.ts';

/**
 * Opens a {@link TransactionalProducer} of an embedded broker.
 * @throws ConfigError `CONFIG_INVALID`, TransactionError
 */
export async function openTransactional(core: BrokerCore, options: TransactionOptions): Promise<TransactionalProducer> {
  const { transactionalId } = options;
  if (typeof transactionalId !== 'string' || transactionalId === '' || transactionalId.length > 1000) {
    const got = show(transactionalId);
    throw new ConfigError('CONFIG_INVALID', `Expected \`transactionalId\` to have 1..1000 characters, got ${got}`);
  }
  const range = { min: 1000, max: 900_000 };
  const timeoutMs = requireInteger('transactionTimeoutMs', options.transactionTimeoutMs ?? 60_000, range);
  try {
    core.use();
    return new EmbeddedTransactional(core, await core.transactions.claim(transactionalId, timeoutMs));
  } catch (error) {
    throw toTransactionError(error);
  }
}

class EmbeddedTransactional implements TransactionalProducer {
  readonly #core: BrokerCore;
  readonly #session: ProducerSession;
  readonly #partitioner: Partitioner;
  /** Why nothing goes any more. */
  #over: TransactionError | undefined;
  #closed = false;

  constructor(core: BrokerCore, session: ProducerSession) {
    this.#core = core;
    this.#session = session;
    this.#partitioner = new Partitioner(core);
  }

  get transactionalId(): string {
    return this.#session.transactionalId;
  }

  partitionFor(topic: string, key: string | Uint8Array | null): Promise<number> {
    return this.#call(() => this.#partitioner.partitionFor(topic, key));
  }

  async begin(): Promise<void> {
    if (this.#isOpen) throw this.#misused('no open transaction, one is open');
    await this.#call(() => this.#core.transactions.begin(this.#session));
  }

  async send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<bigint> {
    this.#requireOpen();
    if (records.length === 0) return -1n;
    return this.#call(() => {
      const { topics, transactions, clock } = this.#core;
      const log = topics.log(topic, partition);
      const number = transactions.enter(this.#session, log);
      const offset = log.append(toBatchRecords(records, clock.now()), number);
      transactions.wrote(this.#session, log);
      this.#core.compactIfDue(log);
      return offset;
    });
  }

  async sendOffset(place: GroupOffset): Promise<void> {
    this.#requireOpen();
    await this.#call(() => {
      this.#core.topics.log(place.topic, place.partition);
      this.#core.transactions.addOffset(this.#session, { ...place });
    });
  }

  async commit(): Promise<void> {
    this.#requireOpen();
    await this.#call(() => this.#core.transactions.commit(this.#session));
  }

  async abort(): Promise<void> {
    this.#requireOpen();
    await this.#call(() => this.#core.transactions.abort(this.#session));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#over ??= this.#misused('an open producer, it is closed');
    this.#core.transactions.release(this.#session);
  }

  get #isOpen(): boolean {
    return this.#over === undefined && this.#session.isCurrent && this.#session.transaction !== undefined;
  }

  #requireOpen(): void {
    if (this.#over !== undefined || !this.#session.isCurrent || this.#isOpen) return;
    throw this.#misused('an open transaction, none is open');
  }

  /** A fault that an abort does not clear is the end of this producer. */
  async #call<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#over !== undefined) throw this.#over;
    try {
      this.#core.use();
      this.#session.requireCurrent();
      return await work();
    } catch (error) {
      this.#over = toTransactionError(error);
      throw this.#over;
    }
  }

  #misused(expected: string): TransactionError {
    return new TransactionError('fatal', `Expected transactional id ${this.transactionalId} to have ${expected}`);
  }
}

/** Whatever a broker that is gone has done is not known; all else that fails would fail again. */
function toTransactionError(error: unknown): TransactionError {
  if (error instanceof TransactionError) return error;
  const gone = error instanceof ConnectorError && error.code === 'CONNECTOR_UNREACHABLE';
  const said = error instanceof Error ? error.message : String(error);
  return new TransactionError(gone ? 'indefinite' : 'fatal', said, { cause: error });
}
