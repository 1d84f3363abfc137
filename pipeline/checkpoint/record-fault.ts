import type { KafkaRecord } from '../../connectors/index.ts';
import { SnapshotError, show } from '../../core/index.ts';

/** What {@link recordFault} tells besides the place. */
export interface RecordFaultOptions {
  readonly got: unknown;
  /** Default `SNAPSHOT_CORRUPT`. */
  readonly code?: 'SNAPSHOT_CORRUPT' | 'SNAPSHOT_VERSION';
}

/** The error of a record of the state or snapshots topic, with its place. */
export function recordFault(record: KafkaRecord, expected: string, options: RecordFaultOptions): SnapshotError {
  const { topic, partition, offset, key } = record;
  const name = key === null ? 'none' : show(new TextDecoder().decode(key.subarray(0, 256)));
  const place = `topic ${topic}, partition ${partition}, offset ${offset}, key ${name}`;
  const { got, code = 'SNAPSHOT_CORRUPT' } = options;
  return new SnapshotError(code, `${place}: Expected ${expected}, got ${show(got)}`);
}
