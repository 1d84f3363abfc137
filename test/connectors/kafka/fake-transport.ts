import {
  type FetchedBatch,
  type KafkaConsumer,
  type KafkaConsumerListener,
  type KafkaTransport,
  TransactionError,
} from '../../../connectors/kafka/index.ts';
import { ConnectorError } from '../../../core/index.ts';
import { record } from './records.ts';

/** A group whose assignments and fetches a test drives by hand. */
export class FakeGroup {
  readonly committed = new Map<number, bigint>();
  readonly paused = new Set<number>();
  readonly seeks: (readonly [partition: number, offset: bigint])[] = [];
  readonly calls: string[] = [];
  failCommits = false;
  listener!: KafkaConsumerListener;

  readonly transport: KafkaTransport = {
    brokers: ['fake:1'],
    admin: () => Promise.reject(new ConnectorError('CONNECTOR_FAILED', 'Expected no admin')),
    producer: () => Promise.reject(new ConnectorError('CONNECTOR_FAILED', 'Expected no producer')),
    consumer: async () => this.#consumer(),
    transactional: () => Promise.reject(new TransactionError('fatal', 'Expected no transactions')),
    reader: () => Promise.reject(new ConnectorError('CONNECTOR_FAILED', 'Expected no reader')),
  };

  /** A rebalance after which these partitions are ours; resolves when the source has taken them up. */
  async assign(...partitions: number[]): Promise<void> {
    for (const partition of partitions) this.paused.add(partition);
    this.listener.onAssigned(partitions);
    await settled(() => partitions.every((partition) => !this.paused.has(partition)));
  }

  /** Offers records [from, to) of a partition, `bytes` in all; `undefined` when they are refused. */
  fetch(partition: number, range: readonly [from: number, to: number], bytes = 100): Promise<void> | undefined {
    const [from, to] = range;
    const offsets = Array.from({ length: to - from }, (_, i) => BigInt(from + i));
    const batch: FetchedBatch = {
      partition,
      records: offsets.map((offset) => ({ ...record({ value: 'v', offset }), partition })),
      nextOffset: BigInt(to),
      bytes,
      highWatermarkOffset: BigInt(to),
    };
    return this.listener.onBatch(batch);
  }

  #consumer(): KafkaConsumer {
    return {
      start: async (listener) => {
        this.listener = listener;
      },
      pause: (partition) => this.paused.add(partition),
      resume: (partition) => this.paused.delete(partition),
      seek: (partition, offset) => this.seeks.push([partition, offset]),
      committed: async (partitions) => new Map(partitions.map((p) => [p, this.committed.get(p)])),
      commit: async (partition, offset) => {
        if (this.failCommits) throw new ConnectorError('CONNECTOR_FAILED', 'Expected to commit, got a rebalance');
        this.committed.set(partition, offset);
      },
      close: async () => {
        this.calls.push('closed');
      },
    };
  }
}

/** Lets promises run until a condition holds. */
export async function settled(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !condition(); turn++) await new Promise((resolve) => setImmediate(resolve));
  if (!condition()) throw new Error('Expected the condition to hold after 1000 turns of the event loop');
}
