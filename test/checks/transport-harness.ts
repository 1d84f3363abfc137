import { randomUUID } from 'node:crypto';
import {
  ensureTopics,
  type FetchedBatch,
  type KafkaConsumer,
  type KafkaConsumerOptions,
  type KafkaRecord,
  type KafkaTransport,
  type OutgoingRecord,
  type PartitionRange,
} from '../../connectors/kafka/index.ts';

/** A kind of transport. */
export interface TransportCase {
  readonly name: string;
  /** `describe`, or what skips the suite where its broker is missing. */
  readonly describe: (name: string, suite: () => void) => void;
  /** A transport; all of them lead to the same brokers. */
  readonly open: () => Promise<KafkaTransport>;
  /** Makes the brokers forget the records of a partition below an offset. */
  readonly trim: (topic: string, partition: number, lowOffset: bigint) => Promise<void>;
}

/** Makes a topic of its own for a test and returns its name. */
export async function newTopic(
  transport: KafkaTransport,
  partitions = 1,
  config: Readonly<Record<string, string>> = {},
): Promise<string> {
  const topic = `contract-${randomUUID()}`;
  await ensureTopics(transport, [{ topic, partitions, config }], { create: true });
  return topic;
}

/** Records with these values. */
export function valued(...values: string[]): OutgoingRecord[] {
  return values.map((value) => ({ key: `key of ${value}`, value }));
}

/** Writes plain records to a partition and returns the offset of the first. */
export async function write(
  transport: KafkaTransport,
  topic: string,
  records: readonly OutgoingRecord[],
  partition = 0,
): Promise<bigint> {
  const producer = await transport.producer();
  try {
    return await producer.send(topic, partition, records);
  } finally {
    await producer.close();
  }
}

/** Reads a stretch with a reader of its own. */
export async function readRange(transport: KafkaTransport, range: PartitionRange): Promise<KafkaRecord[]> {
  const reader = await transport.reader({ topics: [range.topic], groupId: 'contract' });
  try {
    const records: KafkaRecord[] = [];
    for await (const batch of reader.read(range)) records.push(...batch);
    return records;
  } finally {
    await reader.close();
  }
}

/** Reads partition 0 from its low to its high watermark. */
export async function readAll(transport: KafkaTransport, topic: string): Promise<KafkaRecord[]> {
  const { low, high } = await ends(transport, topic);
  return readRange(transport, { topic, partition: 0, from: low, to: high });
}

/** First and next offset of a partition. */
export async function ends(transport: KafkaTransport, topic: string, partition = 0) {
  const admin = await transport.admin();
  try {
    const { low, high } = (await admin.offsets(topic))[partition]!;
    return { low, high };
  } finally {
    await admin.close();
  }
}

/** What a group has committed of partition 0. */
export async function committedOf(transport: KafkaTransport, groupId: string, topic: string) {
  const admin = await transport.admin();
  try {
    return (await admin.committed(groupId, topic)).get(0);
  } finally {
    await admin.close();
  }
}

/** Value and offset of each record, as text. */
export function placed(records: readonly KafkaRecord[]): string[] {
  return records.map(({ offset, value }) => `${offset}: ${value === null ? 'null' : Buffer.from(value).toString()}`);
}

/** A consumer under test with all that it was told. */
export class Listening {
  readonly consumer: KafkaConsumer;
  readonly assigned: (readonly number[])[] = [];
  readonly batches: FetchedBatch[] = [];
  readonly failures: Error[] = [];
  /** Partitions whose next record is gone, and what they hold. */
  readonly gone: unknown[] = [];
  /** What `onBatch` does after the batch was noted; takes it by default. */
  onBatch: (batch: FetchedBatch) => Promise<void> | undefined = () => Promise.resolve();
  /** What `onAssigned` does; lets all partitions go by default. */
  onAssigned: (partitions: readonly number[]) => void = (partitions) => {
    for (const partition of partitions) this.consumer.resume(partition);
  };

  constructor(consumer: KafkaConsumer) {
    this.consumer = consumer;
  }

  async start(): Promise<this> {
    await this.consumer.start({
      onAssigned: (partitions) => {
        this.assigned.push([...partitions].sort((a, b) => a - b));
        this.onAssigned(partitions);
      },
      onBatch: (batch) => {
        this.batches.push(batch);
        return this.onBatch(batch);
      },
      onGone: (partition, { low, high }) => this.gone.push({ partition, low, high }),
      onFailed: (error) => this.failures.push(error),
    });
    return this;
  }

  /** All records that came, in order. */
  get records(): KafkaRecord[] {
    return this.batches.flatMap(({ records }) => records);
  }
}

/** A consumer that has not been started. */
export async function listening(
  transport: KafkaTransport,
  topic: string,
  options: Partial<KafkaConsumerOptions> = {},
): Promise<Listening> {
  const consumer = await transport.consumer({
    topic,
    groupId: `group-of-${topic}`,
    startFrom: 'earliest',
    maxBytesPerPartition: 2 ** 20,
    maxBytesPerFetch: 2 ** 23,
    sessionTimeoutMs: 6000,
    outageMs: 10_000,
    ...options,
  });
  return new Listening(consumer);
}
