import { LongwaveError } from '../../core/index.ts';
import { recordBytes } from './record-requests.ts';
import type { KafkaRecord, OutgoingRecord } from './transport.ts';

const MAX_MESSAGE_LENGTH = 1000;
/** Below the usual `max.message.bytes`: a record that was taken whole must not be too large with the headers that it gets. */
const MAX_BYTES = 900_000;
const PREFIX = 'lw-dead-letter-';

/** The topic that takes the records which could not be read from `topic`: `<topic>.dead-letter`. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dead-letter`;
}

/** The topic that takes the records of `topic` which came too late: `<topic>.late`. */
export function lateTopic(topic: string): string {
  return `${topic}.late`;
}

/**
 * A record that could not be handled, ready for a dead-letter topic: its own key, value and headers, byte for byte,
 * and headers that say where it lay and why it was put aside:
 * `lw-dead-letter-topic`, `-partition`, `-offset`, `-timestamp` (ms), `-error-code`, `-error-class`, `-message` (at
 * most 1000 characters), `-attempts`. Of a record that is larger than 900 000 bytes with them, its value is left out, then its
 * headers, then its key, as far as need be: `lw-dead-letter-left-out` names them, and the record itself still lies at its place.
 */
export function deadLetterRecord(
  record: KafkaRecord,
  error: unknown,
  options: { readonly attempts?: number; readonly topic?: string } = {},
): OutgoingRecord {
  const said = error instanceof Error ? error.message : String(error);
  const cause = {
    topic: record.topic,
    partition: String(record.partition),
    offset: String(record.offset),
    timestamp: String(record.timestampMs),
    'error-code': error instanceof LongwaveError ? error.code : 'UNKNOWN',
    'error-class': error instanceof Error ? error.name : typeof error,
    message: said.slice(0, MAX_MESSAGE_LENGTH),
    attempts: String(options.attempts ?? 1),
  };
  const topic = options.topic ?? deadLetterTopic(record.topic);
  const reasons = Object.fromEntries(Object.entries(cause).map(([name, text]) => [`${PREFIX}${name}`, text]));
  const whole = {
    key: record.key,
    value: record.value,
    headers: { ...Object.fromEntries(record.headers), ...reasons },
  };
  const leftOut: string[] = [];
  let letter: OutgoingRecord = { ...whole, topic };
  for (const [part, without] of [
    ['value', { value: null }],
    ['headers', { headers: reasons }],
    ['key', { key: null }],
  ] as const) {
    if (recordBytes(letter) <= MAX_BYTES) break;
    leftOut.push(part);
    letter = { ...letter, ...without };
  }
  if (leftOut.length === 0) return letter;
  return { ...letter, headers: { ...letter.headers, [`${PREFIX}left-out`]: leftOut.join(', ') } };
}
