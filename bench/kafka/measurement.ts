/** Who moves the records: the client library alone, or the pipeline with a promise. */
export const GUARANTEES = ['bare-kafkajs', 'at-least-once', 'exactly-once'] as const;

/** One of {@link GUARANTEES}. */
export type BenchGuarantee = (typeof GUARANTEES)[number];

/** How fast records go through, and how late they come out. */
export interface KafkaMeasurement {
  readonly bench: 'kafka';
  readonly guarantee: BenchGuarantee;
  /** Interval of commits in ms; `null` where every batch is committed. */
  readonly commitMs: number | null;
  /** Partitions of input and output. */
  readonly partitions: number;
  /** Rounds that the figures are from. */
  readonly rounds: number;
  /** Records per second out of a backlog, median of the rounds. */
  readonly recordsPerSecond: number;
  /** From a record's timestamp to the receipt of what it came to by a reader of committed records, in ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** How long a restart takes until the first new record is worked on. */
export interface KafkaRestoreMeasurement {
  readonly bench: 'kafka-restore';
  readonly streams: number;
  /** Size of the encoder. */
  readonly config: string;
  /** Bytes of the states that are read, before they are cut into chunks. */
  readonly stateBytes: number;
  /** Records that are read again and computed. */
  readonly replayRecords: number;
  /** Reading and opening the states. */
  readonly stateMs: number;
  /** That and the records that are computed again, until new ones are taken. */
  readonly ms: number;
}

/** A target beside what was reached. */
export interface KafkaTarget {
  readonly bench: 'kafka-target';
  readonly target: string;
  readonly rule: 'at-most' | 'at-least';
  readonly limit: number;
  readonly unit: string;
  readonly reached: number;
  readonly met: boolean;
}

/** One line of the bench. */
export type KafkaLine = KafkaMeasurement | KafkaRestoreMeasurement | KafkaTarget;
