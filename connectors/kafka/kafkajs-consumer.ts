import type { Batch, Consumer, KafkaMessage } from 'kafkajs';
import { ConnectorError } from '../../core/index.ts';
import type { CheckedConnection } from './connection.ts';
import { toConnectorError } from './kafka-error.ts';
import type { KafkajsLink } from './kafkajs-link.ts';
import { bytesOf, METADATA_AGE_MS, RETRY } from './kafkajs-settings.ts';
import type {
  FetchedBatch,
  KafkaAdmin,
  KafkaConsumer,
  KafkaConsumerListener,
  KafkaConsumerOptions,
  KafkaRecord,
} from './transport.ts';

/** Longest wait of a fetch, so also the longest that a resumed partition waits for its next one. */
const FETCH_WAIT_MS = 100;
/** About 3 s in all; then the client leaves and joins anew, until `outageMs` is over. */
const RETRIES = 20;
/** How long closing waits for a join that is under way. */
const JOIN_MS = 5000;
/** How long the fetch loop waits for a batch to be done before it goes on with the partition paused. */
const HOLD_MS = 500;

/** The {@link KafkaConsumer} over kafkajs. */
export class KafkajsConsumer implements KafkaConsumer {
  readonly #link: KafkajsLink;
  readonly #consumer: Consumer;
  readonly #admin: KafkaAdmin;
  readonly #options: KafkaConsumerOptions;
  readonly #connection: CheckedConnection;
  #outageSince: number | undefined;
  #closed = false;
  #starting: Promise<void> = Promise.resolve();

  constructor(link: KafkajsLink, admin: KafkaAdmin, options: KafkaConsumerOptions) {
    this.#link = link;
    this.#admin = admin;
    this.#options = options;
    this.#connection = link.connection;
    this.#consumer = link.client.consumer({
      groupId: options.groupId,
      allowAutoTopicCreation: false,
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: Math.max(options.sessionTimeoutMs, 10_000),
      heartbeatInterval: Math.max(100, Math.floor(options.sessionTimeoutMs / 10)),
      maxBytesPerPartition: options.maxBytesPerPartition,
      maxBytes: options.maxBytesPerFetch,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      metadataMaxAge: METADATA_AGE_MS,
      retry: { ...RETRY, retries: RETRIES, restartOnFailure: async () => this.#mayRestart() },
    });
  }

  connect(): Promise<void> {
    return this.#link.connect(this.#consumer);
  }

  start(listener: KafkaConsumerListener): Promise<void> {
    this.#starting = this.#start(listener);
    return this.#starting;
  }

  async #start(listener: KafkaConsumerListener): Promise<void> {
    const { topic, startFrom, groupId } = this.#options;
    const fail = (error: unknown): void => {
      if (this.#closed) return;
      const action = `serve group ${groupId} on topic ${topic}`;
      listener.onFailed(toConnectorError(error, { brokers: this.#connection.brokers, action }));
    };
    this.#consumer.on('consumer.group_join', ({ payload }) => {
      this.#outageSince = undefined;
      const partitions = payload.memberAssignment[topic] ?? [];
      for (const partition of partitions) this.pause(partition);
      if (!this.#closed) listener.onAssigned(partitions);
    });
    this.#consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) fail(payload.error);
    });
    await this.#requireTopic();
    try {
      await this.#consumer.subscribe({ topics: [topic], fromBeginning: startFrom === 'earliest' });
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 1024,
        eachBatch: async ({ batch, resolveOffset }) => {
          const taken = this.#closed ? undefined : listener.onBatch(toBatch(topic, batch));
          if (taken === undefined) return;
          resolveOffset(batch.messages.at(-1)!.offset); // the client adds the control records that follow
          await atMost(taken, HOLD_MS);
        },
      });
    } catch (error) {
      const action = `serve group ${groupId} on topic ${topic}`;
      throw toConnectorError(error, { brokers: this.#connection.brokers, action });
    }
  }

  pause(partition: number): void {
    this.#whileMember(() => this.#consumer.pause([{ topic: this.#options.topic, partitions: [partition] }]));
  }

  resume(partition: number): void {
    this.#whileMember(() => this.#consumer.resume([{ topic: this.#options.topic, partitions: [partition] }]));
  }

  seek(partition: number, offset: bigint): void {
    const { topic } = this.#options;
    this.#whileMember(() => this.#consumer.seek({ topic, partition, offset: String(offset) }));
  }

  async committed(partitions: readonly number[]): Promise<ReadonlyMap<number, bigint | undefined>> {
    const all = await this.#admin.committed(this.#options.groupId, this.#options.topic);
    return new Map(partitions.map((partition) => [partition, all.get(partition)]));
  }

  async commit(partition: number, offset: bigint): Promise<void> {
    const { topic, groupId } = this.#options;
    try {
      await this.#consumer.commitOffsets([{ topic, partition, offset: String(offset) }]);
    } catch (error) {
      const action = `commit offset ${offset} of topic ${topic}, partition ${partition} for group ${groupId}`;
      throw toConnectorError(error, { brokers: this.#connection.brokers, action });
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await atMost(
      this.#starting.catch(() => {}),
      JOIN_MS,
    ); // the client cannot be stopped while it joins
    await this.#link.disconnect(this.#consumer);
    await this.#admin.close();
  }

  async #requireTopic(): Promise<void> {
    const { topic } = this.#options;
    if ((await this.#admin.partitionCounts([topic])).has(topic)) return;
    const brokers = this.#connection.brokers.join(', ');
    throw new ConnectorError(
      'CONNECTOR_FAILED',
      `Expected topic ${topic} to exist on the Kafka brokers ${brokers}, it does not`,
    );
  }

  /** Between a crash and the next join the client has no group and refuses; that join sets all of it anew. */
  #whileMember(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#connection.log('debug', 'not a member of the group now', { error: String(error) });
    }
  }

  #mayRestart(): boolean {
    const now = performance.now();
    this.#outageSince ??= now;
    return !this.#closed && now - this.#outageSince < this.#options.outageMs;
  }
}

async function atMost(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

function toBatch(topic: string, batch: Batch): FetchedBatch {
  const { partition } = batch;
  const records = batch.messages.map((message) => toRecord(topic, partition, message));
  return {
    partition,
    records,
    nextOffset: BigInt(batch.lastOffset()) + 1n,
    bytes: records.reduce((sum, record) => sum + recordBytes(record), 0),
    highWatermarkOffset: BigInt(batch.highWatermark),
  };
}

function toRecord(topic: string, partition: number, message: KafkaMessage): KafkaRecord {
  const headers = new Map<string, Uint8Array>();
  for (const [name, given] of Object.entries(message.headers ?? {})) {
    const value = Array.isArray(given) ? given.at(-1) : given;
    if (value !== undefined) headers.set(name, bytesOf(value));
  }
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key,
    value: message.value,
    headers,
    timestampMs: Number(message.timestamp),
  };
}

function recordBytes({ key, value, headers }: KafkaRecord): number {
  let bytes = 64 + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, header] of headers) bytes += name.length + header.length;
  return bytes;
}
