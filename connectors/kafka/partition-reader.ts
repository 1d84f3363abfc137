import type { KafkaRecord } from './transport.ts';

/** A stretch of a partition. */
export interface PartitionRange {
  readonly topic: string;
  readonly partition: number;
  /** First offset. */
  readonly from: bigint;
  /** The one behind the last. */
  readonly to: bigint;
}

/** Options of a {@link PartitionReader}. */
export interface PartitionReaderOptions {
  readonly topics: readonly string[];
  /** Begins the name of the consumer group that some clients need for it; nothing is committed there. */
  readonly groupId: string;
  /** Bytes asked for per fetch; a larger record still comes, alone. Default 8 MiB. */
  readonly maxBytesPerFetch?: number;
}

/** Reads partitions without a part in a group's work: nobody else's assignment changes, no offset is committed. */
export interface PartitionReader {
  /**
   * The committed records of a stretch in order, as batches; ends also where its last offsets hold no record (control
   * records, compacted or aborted ones). One read at a time; leaving the loop ends it.
   * @throws ConnectorError `CONNECTOR_UNREACHABLE`, `CONNECTOR_FAILED`
   */
  read(range: PartitionRange): AsyncIterable<readonly KafkaRecord[]>;
  /** Closing twice does nothing. */
  close(): Promise<void>;
}
