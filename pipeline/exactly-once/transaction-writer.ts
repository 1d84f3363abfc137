import {
  type GroupOffset,
  type KafkaTransport,
  requestsOf,
  type TransactionalProducer,
  TransactionError,
} from '../../connectors/index.ts';
import { LongwaveError } from '../../core/index.ts';
import type { PartitionWriter, PartitionWriterOptions, WritableUnit } from './partition-writer.ts';
import { RetryBudget } from './retry-budget.ts';

/** Options of a {@link TransactionWriter}. */
export interface TransactionWriterOptions extends PartitionWriterOptions {
  readonly transport: KafkaTransport;
  readonly groupId: string;
  readonly topic: string;
  readonly transactionalId: string;
  /** The group's offset of the partition, as the brokers have it. */
  readonly committed: () => Promise<bigint | undefined>;
}

/**
 * Writes each unit in a transaction of its own, under a transactional id that belongs to the input partition: opening the
 * producer fences whoever had the partition before (KIP-447's reason, met without it).
 *
 * | fault | what is done |
 * |---|---|
 * | retriable | the client repeats its request |
 * | abortable | abort, begin again with the same unit |
 * | fenced | give up the partition, never write again |
 * | indefinite | cut the connection, open a new producer (that settles the transaction), look at the committed offset: written, or again |
 * | fatal | end the run |
 */
export class TransactionWriter implements PartitionWriter {
  readonly #options: TransactionWriterOptions;
  readonly #closed = new AbortController();
  #producer: TransactionalProducer | undefined;

  constructor(options: TransactionWriterOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    await this.#opened(new RetryBudget(this.#options.outageMs, this.#closed.signal));
  }

  async write(unit: WritableUnit): Promise<void> {
    const budget = new RetryBudget(this.#options.outageMs, this.#closed.signal);
    const { log, partition } = this.#options;
    for (;;) {
      try {
        return await this.#attempt(await this.#opened(budget), unit);
      } catch (error) {
        if (!(error instanceof LongwaveError && error.retryable)) throw error;
        log('commit-failed', { partition, code: error.code, message: error.message });
        await budget.next(error);
        const isKept = error instanceof TransactionError && error.fault === 'abortable' && (await this.#aborted());
        if (!isKept && (await this.#isWritten(unit, budget))) return;
      }
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#closeProducer();
  }

  async #closeProducer(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.close();
  }

  async #attempt(producer: TransactionalProducer, unit: WritableUnit): Promise<void> {
    const { onStep, partition, groupId, topic, maxRequestBytes } = this.#options;
    onStep('begin', partition);
    await producer.begin();
    onStep('records', partition);
    for (const request of await requestsOf(unit.records, { to: producer, topic, maxRequestBytes })) {
      await producer.send(request.topic, request.partition, request.records);
    }
    onStep('checkpoint', partition);
    await unit.writeCheckpoint((to, at, records) => producer.send(to, at, records));
    onStep('offset', partition);
    const place: GroupOffset = { groupId, topic, partition, offset: unit.offset };
    await producer.sendOffset(place);
    onStep('commit', partition);
    await producer.commit();
    onStep('committed', partition);
  }

  /** Whether the transaction is out of the world and the producer still good. */
  async #aborted(): Promise<boolean> {
    try {
      await this.#producer?.abort();
      return true;
    } catch {
      return false;
    }
  }

  /** After a fault that leaves it open whether the unit counts: a new producer settles that, the committed offset tells it. */
  async #isWritten(unit: WritableUnit, budget: RetryBudget): Promise<boolean> {
    await this.#closeProducer();
    await this.#opened(budget);
    for (;;) {
      try {
        return this.#settled(unit, await this.#options.committed());
      } catch (error) {
        if (error instanceof TransactionError) throw error;
        await budget.next(error);
      }
    }
  }

  #settled(unit: WritableUnit, committed: bigint | undefined): boolean {
    if (committed === unit.offset && committed !== unit.from) return true;
    if (committed === unit.from) return false;
    const { topic, partition } = this.#options;
    throw new TransactionError(
      'fenced',
      `Expected the committed offset of topic ${topic}, partition ${partition} to be ${unit.from} or ${unit.offset}, got ${committed}: another process has gone on from there`,
    );
  }

  async #opened(budget: RetryBudget): Promise<TransactionalProducer> {
    const { transport, transactionalId } = this.#options;
    for (;;) {
      if (this.#producer !== undefined) return this.#producer;
      try {
        const producer = await transport.transactional({ transactionalId });
        if (this.#closed.signal.aborted) await producer.close();
        this.#producer = producer;
      } catch (error) {
        if (!(error instanceof LongwaveError && error.retryable)) throw error;
        await budget.next(error);
      }
    }
  }
}
