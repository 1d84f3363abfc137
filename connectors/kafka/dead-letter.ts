import { LongwaveError } from '../../core/index.ts';
import type { KafkaRecord, OutgoingRecord } from './transport.ts';

const MAX_MESSAGE_LENGTH = 1000;
const PREFIX = 'lw-dead-letter-';

/** The topic that takes the records which could not be read from `topic`: `<topic>.dead-letter`. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dead-letter`;
}

/**
 * A record that could not be handled, ready for a dead-letter topic: its own key, value and headers, byte for byte,
 * and headers that say where it lay and why it was put aside:
 * `lw-dead-letter-topic`, `-partition`, `-offset`, `-timestamp` (ms), `-error-code`, `-error-class`, `-message` (at
 * most 1000 characters), `-attempts`.
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
  return {
    key: record.key,
    value: record.value,
    headers: {
      ...Object.fromEntries(record.headers),
      ...Object.fromEntries(Object.entries(cause).map(([name, text]) => [`${PREFIX}${name}`, text])),
    },
    topic: options.topic ?? deadLetterTopic(record.topic),
  };
}
