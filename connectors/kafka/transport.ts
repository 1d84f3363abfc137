import type { InputPlace } from '../../core/index.ts';
import type { PartitionReader, PartitionReaderOptions } from './partition-reader.ts';
import type { TransactionalProducer, TransactionOptions } from './transaction.ts';

/** Where a record lies. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** A record as it was read. */
export interface KafkaRecord extends RecordPlace {
  readonly key: Uint8Array | null;
  /** `null` is a tombstone. */
  readonly value: Uint8Array | null;
  /** Of a header that occurs several times, the last. */
  readonly headers: ReadonlyMap<string, Uint8Array>;
  /** The record's own timestamp in ms since 1970, -1 where it has none. */
  readonly timestampMs: number;
}

/** A record to write. */
export interface OutgoingRecord {
  readonly key: string | Uint8Array | null;
  readonly value: string | Uint8Array | null;
  readonly headers?: Readonly<Record<string, string | Uint8Array>>;
  /** Default: murmur2 of the key, as every Kafka client computes it. */
  readonly partition?: number;
  /** Ms since 1970; the broker keeps whole ms. Default: the time of sending. */
  readonly timestampMs?: number;
  /** Default: the topic of the sink. */
  readonly topic?: string;
}

/** Consecutive records of one partition, as one fetch gave them. */
export interface FetchedBatch {
  readonly partition: number;
  readonly records: readonly KafkaRecord[];
  /** Where the partition goes on after this batch; past its last record where control records follow it. */
  readonly nextOffset: bigint;
  /** Bytes of keys, values and headers. */
  readonly bytes: number;
  /** End of the partition when the batch was fetched. */
  readonly highWatermarkOffset: bigint;
}

/** What a partition holds. */
export interface LogBounds {
  /** Its first offset. */
  readonly low: bigint;
  /** The one behind its last. */
  readonly high: bigint;
}

/** What a {@link KafkaConsumer} tells its owner. Calls come from the fetch loop and must return soon. */
export interface KafkaConsumerListener {
  /**
   * The group has (re)joined; these are all the partitions held now. Each is paused until the owner resumes it,
   * and stands at its committed offset unless the owner seeks.
   */
  onAssigned(partitions: readonly number[]): void;
  /**
   * A batch of a partition that is not paused. Returning `undefined` refuses it: it will be fetched again.
   * Returning a promise takes it; the fetch loop waits a moment for the promise, then goes on without.
   */
  onBatch(batch: FetchedBatch): Promise<void> | undefined;
  /**
   * The offset to fetch next is not in the partition's log: it was deleted before it was read, or the topic is another one
   * now. The partition is paused and stays where it is; the owner seeks and resumes, or gives up.
   */
  onGone(partition: number, log: LogBounds): void;
  /** The consumer has stopped for good. */
  onFailed(error: Error): void;
}

/** Options of {@link KafkaTransport.consumer}. */
export interface KafkaConsumerOptions {
  readonly topic: string;
  readonly groupId: string;
  /** Where a group without a committed offset begins. */
  readonly startFrom: 'earliest' | 'latest';
  /** Bytes asked for per partition and fetch; a larger record still comes, alone. */
  readonly maxBytesPerPartition: number;
  /** Bytes asked for per fetch. */
  readonly maxBytesPerFetch: number;
  readonly sessionTimeoutMs: number;
  /** How long a running consumer puts up with brokers that do not answer before it fails. */
  readonly outageMs: number;
}

/** A member of a consumer group that reads one topic. Offsets are committed by `commit` only. */
export interface KafkaConsumer {
  /** Joins the group and begins to fetch. Resolves when fetching has begun. */
  start(listener: KafkaConsumerListener): Promise<void>;
  pause(partition: number): void;
  resume(partition: number): void;
  /** The next fetch of the partition begins here. */
  seek(partition: number, offset: bigint): void;
  /** Committed offset (the next to read) of each partition, `undefined` where there is none. */
  committed(partitions: readonly number[]): Promise<ReadonlyMap<number, bigint | undefined>>;
  /** Commits `offset` as the next to read. */
  commit(partition: number, offset: bigint): Promise<void>;
  /** Leaves the group and closes. Closing twice does nothing. */
  close(): Promise<void>;
}

/** Writes records. */
export interface KafkaProducer {
  /** The partition of a key: murmur2 as in the Java client; any available one for `null`. */
  partitionFor(topic: string, key: string | Uint8Array | null): Promise<number>;
  /**
   * Sends records of *one* partition, resolves with the offset of the first (-1 when there is none) when all in-sync
   * replicas have them. Calls must not overlap: one request at a time keeps the order, and a request that spans brokers
   * may write twice when one of them fails.
   */
  send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<bigint>;
  close(): Promise<void>;
}

/** A topic to make. */
export interface TopicSpec {
  readonly topic: string;
  /** Default 1. */
  readonly partitions?: number;
  /** Default: the broker's. */
  readonly replicationFactor?: number;
  /** Topic settings such as `cleanup.policy`. */
  readonly config?: Readonly<Record<string, string>>;
  /** Settings of `config` that an existing topic must have as well. */
  readonly required?: readonly string[];
  /** Settings that are numbers, and the least that an existing topic must have. */
  readonly minimum?: Readonly<Record<string, bigint>>;
}

/** A topic as the brokers have it. */
export interface TopicDescription {
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Settings such as `cleanup.policy`, defaults included; none where this client may not see them. */
  readonly config: ReadonlyMap<string, string>;
}

/** A member of a consumer group. */
export interface GroupMemberDescription {
  readonly memberId: string;
  readonly clientId: string;
  /** Where it is, as the brokers see it. */
  readonly host: string;
}

/** Looks at and makes topics; looks at groups. */
export interface KafkaAdmin {
  /** Number of partitions of each of the given topics that exists. */
  partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Each of the given topics that exists. */
  describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>>;
  /** Makes topics; one that exists already is left as it is. */
  createTopics(topics: readonly TopicSpec[]): Promise<void>;
  /** First and next offset of each partition. */
  offsets(topic: string): Promise<readonly { partition: number; low: bigint; high: bigint }[]>;
  /** What a group has committed; `undefined` where nothing. */
  committed(groupId: string, topic: string): Promise<ReadonlyMap<number, bigint | undefined>>;
  /** Who is in a group now; nobody where there is no such group. */
  groupMembers(groupId: string): Promise<readonly GroupMemberDescription[]>;
  close(): Promise<void>;
}

/**
 * The few verbs of a Kafka client that this package needs. Each call that connects fails with ConnectorError
 * `CONNECTOR_UNREACHABLE` within the connection's `connectTimeoutMs`; other failures are `CONNECTOR_FAILED`.
 */
export interface KafkaTransport {
  /** `host:port` of each bootstrap broker. */
  readonly brokers: readonly string[];
  admin(): Promise<KafkaAdmin>;
  producer(): Promise<KafkaProducer>;
  consumer(options: KafkaConsumerOptions): Promise<KafkaConsumer>;
  /** @throws TransactionError */
  transactional(options: TransactionOptions): Promise<TransactionalProducer>;
  reader(options: PartitionReaderOptions): Promise<PartitionReader>;
}

/** The place of a record for an error message. */
export function placeOf(record: RecordPlace): InputPlace {
  return { topic: record.topic, partition: record.partition, offset: record.offset };
}
