import { type CommitOffset, type KafkaProducer, type KafkaTransport, requestsOf } from '../../connectors/index.ts';
import { LongwaveError } from '../../core/index.ts';
import type { PartitionWriter, PartitionWriterOptions, WritableUnit } from './partition-writer.ts';
import { RetryBudget } from './retry-budget.ts';
import type { CausedFinding } from './unit.ts';

/** Options of an {@link AcknowledgedWriter}. */
export interface AcknowledgedWriterOptions extends PartitionWriterOptions {
  /** Where the input, its state and its dead letters are. */
  readonly transport: KafkaTransport;
  readonly topic: string;
  /** Takes findings that go elsewhere; resolves when they are there. */
  readonly writeFindings: (findings: readonly CausedFinding[]) => Promise<void>;
  readonly commitOffset: CommitOffset;
}

/**
 * Writes without transactions: an offset is committed when everything before it was acknowledged, so after a fault records may
 * be written twice, none is lost. A producer that failed is replaced: the brokers may have taken what it sent.
 */
export class AcknowledgedWriter implements PartitionWriter {
  readonly #options: AcknowledgedWriterOptions;
  readonly #closed = new AbortController();
  #producer: KafkaProducer | undefined;

  constructor(options: AcknowledgedWriterOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {}

  async write(unit: WritableUnit): Promise<void> {
    const { outageMs, log, partition, onStep, writeFindings, commitOffset } = this.#options;
    const budget = new RetryBudget(outageMs, this.#closed.signal);
    onStep('begin', partition);
    await writeFindings(unit.findings);
    for (;;) {
      try {
        await this.#send(unit);
        break;
      } catch (error) {
        await this.#closeProducer();
        if (!(error instanceof LongwaveError && error.retryable)) throw error;
        log('commit-failed', { partition, code: error.code, message: error.message });
        await budget.next(error);
      }
    }
    onStep('commit', partition);
    // One that fails is made up for by the next; at worst records come again.
    await commitOffset(unit.offset);
    onStep('committed', partition);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#closeProducer();
  }

  async #closeProducer(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.close().catch(() => {});
  }

  async #send(unit: WritableUnit): Promise<void> {
    const { transport, topic, maxRequestBytes, onStep, partition } = this.#options;
    this.#producer ??= await transport.producer();
    const producer = this.#producer;
    onStep('records', partition);
    for (const request of await requestsOf(unit.records, { to: producer, topic, maxRequestBytes })) {
      await producer.send(request.topic, request.partition, request.records);
    }
    onStep('checkpoint', partition);
    await unit.writeCheckpoint((to, at, records) => producer.send(to, at, records));
  }
}
