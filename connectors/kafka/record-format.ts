import { type Chunk, requireInteger, requireOneOf, SnapshotError, show } from '../../core/index.ts';
import type { KafkaRecord } from './transport.ts';

/** Reads records into chunks. One decoder for one partition: the JSON form counts rows. */
export interface RecordDecoder {
  /**
   * @throws InputError `RECORD_MALFORMED`, `VALUE_NOT_FINITE` with topic, partition and offset; the decoder's state
   * is then untouched, so that the record can be put aside and the next one read
   */
  decode(record: KafkaRecord): Chunk;
  /** The state as a value of its own: rows and columns of each stream. O(streams). */
  mark(): DecoderMark;
  /** Back to a mark, so that records can be decoded again. */
  rewind(mark: DecoderMark): void;
  /** What is known of one stream, as a JSON value; `null` where nothing is. */
  state(streamId: string): unknown;
  /**
   * Goes on with a stream where `state` was taken, in this decoder or another.
   * @throws SnapshotError when the value is none of this format, or of other columns; the decoder's state is then untouched
   */
  restore(streamId: string, state: unknown): void;
  /** Lets go of what is known of a stream that has ended: its next record is its first. */
  forget(streamId: string): void;
}

/** The error of a state that no decoder of this kind can go on with. */
export function badState(streamId: string, expected: string, got: unknown): SnapshotError {
  const message = `Expected the decoder's state of stream ${show(streamId)} to have ${expected}, got ${show(got)}`;
  return new SnapshotError('SNAPSHOT_CORRUPT', message);
}

/** See {@link RecordDecoder.mark}. */
export type DecoderMark = ReadonlyMap<string, unknown>;

/** Options that all formats share. */
export interface RecordLimits {
  /** A larger value is refused before it is looked at; 1..2^30. Default 16 MiB. */
  readonly maxRecordBytes?: number;
  /**
   * Where event time comes from when the record itself states none: nowhere, or from the timestamp that every Kafka
   * record carries (set by the producer or the broker, so a wall clock). Default `none`.
   */
  readonly eventTimeFallback?: 'none' | 'record-timestamp';
}

/** {@link RecordLimits} with the defaults filled in. */
export interface CheckedLimits {
  readonly maxRecordBytes: number;
  readonly eventTimeFallback: 'none' | 'record-timestamp';
}

/** @throws ConfigError `CONFIG_INVALID` */
export function checkLimits(limits: RecordLimits): CheckedLimits {
  return {
    maxRecordBytes: requireInteger('maxRecordBytes', limits.maxRecordBytes ?? 16 * 2 ** 20, { min: 1, max: 2 ** 30 }),
    eventTimeFallback: requireOneOf('eventTimeFallback', limits.eventTimeFallback ?? 'none', [
      'none',
      'record-timestamp',
    ]),
  };
}

/** The event time that a record's own timestamp stands for, where the caller wants that. */
export function fallbackTimeMs(record: KafkaRecord, { eventTimeFallback }: CheckedLimits): number | undefined {
  return eventTimeFallback === 'record-timestamp' && record.timestampMs >= 0 ? record.timestampMs : undefined;
}
