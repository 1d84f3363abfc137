import { ConnectorError, type LongwaveError, show } from '../../core/index.ts';
import type { OutgoingRecord } from '../kafka/index.ts';
import type { BatchRecord } from './record-batch.ts';

/** Ms since 1970 that a batch can hold without losing any. */
const MAX_TIMESTAMP_MS = 2 ** 50;

/**
 * Brings records into the form of a batch. Bytes are not copied yet.
 * @throws ConnectorError `CONNECTOR_FAILED`
 */
export function toBatchRecords(records: readonly OutgoingRecord[], nowMs: number): Omit<BatchRecord, 'offset'>[] {
  return records.map(({ key, value, headers = {}, timestampMs = nowMs }) => {
    const whole = Math.round(timestampMs);
    if (!(whole >= -1 && whole <= MAX_TIMESTAMP_MS)) throw badTimestamp(timestampMs);
    return {
      key: key === null ? null : bytesOf(key),
      value: value === null ? null : bytesOf(value),
      headers: new Map(Object.entries(headers).map(([name, text]) => [name, bytesOf(text)])),
      timestampMs: whole,
    };
  });
}

/** Text as UTF-8, bytes as they are. */
export function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

function badTimestamp(timestampMs: unknown): LongwaveError {
  return new ConnectorError(
    'CONNECTOR_FAILED',
    `Expected \`timestampMs\` to be a number in -1..2^50, got ${show(timestampMs)}`,
  );
}
