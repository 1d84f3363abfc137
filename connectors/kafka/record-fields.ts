import { InputError } from '../../core/index.ts';
import { type KafkaRecord, placeOf } from './transport.ts';

const MAX_KEY_BYTES = 1024;
const MAX_HEADER_BYTES = 64;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The error of a record that its format does not allow, at the record's place. */
export function malformed(record: KafkaRecord, message: string, cause?: unknown): InputError {
  return new InputError('RECORD_MALFORMED', message, placeOf(record), { cause });
}

/**
 * The stream that a record belongs to: its key, as text of 1..1024 bytes.
 * @throws InputError `RECORD_MALFORMED`
 */
export function streamIdOf(record: KafkaRecord): string {
  const { key } = record;
  if (key === null || key.length === 0) throw malformed(record, 'Expected the key to be the stream id, got none');
  if (key.length > MAX_KEY_BYTES) {
    throw malformed(record, `Expected the key to be at most ${MAX_KEY_BYTES} bytes, got ${key.length}`);
  }
  return textOf(record, 'the key', key);
}

/**
 * The value of a record, not empty and not longer than `maxBytes`.
 * @throws InputError `RECORD_MALFORMED`
 */
export function requireValue(record: KafkaRecord, maxBytes: number): Uint8Array {
  const { value } = record;
  if (value === null) throw malformed(record, 'Expected a value, got a tombstone (null)');
  if (value.length === 0) throw malformed(record, 'Expected a value, got 0 bytes');
  if (value.length > maxBytes) {
    throw malformed(record, `Expected the value to be at most ${maxBytes} bytes, got ${value.length}`);
  }
  return value;
}

/**
 * A header as text, `undefined` where the record lacks it.
 * @throws InputError `RECORD_MALFORMED` when it is longer than 64 bytes or not UTF-8
 */
export function headerText(record: KafkaRecord, name: string): string | undefined {
  const bytes = record.headers.get(name);
  if (bytes === undefined) return undefined;
  if (bytes.length > MAX_HEADER_BYTES) {
    throw malformed(record, `Expected header \`${name}\` to be at most ${MAX_HEADER_BYTES} bytes, got ${bytes.length}`);
  }
  return textOf(record, `header \`${name}\``, bytes);
}

/** What a number in a header may be. */
export interface HeaderNumber {
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
}

/**
 * A header that holds a decimal number.
 * @throws InputError `RECORD_MALFORMED` when it is missing, no number or out of range
 */
export function headerNumber(record: KafkaRecord, name: string, { min, max, integer }: HeaderNumber): number {
  const text = headerText(record, name);
  const value = text !== undefined && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max) || (integer && !Number.isSafeInteger(value))) {
    const kind = integer ? 'an integer' : 'a number';
    const got = text === undefined ? 'none' : JSON.stringify(text);
    throw malformed(record, `Expected header \`${name}\` to be ${kind} in ${min}..${max}, got ${got}`);
  }
  return value;
}

/** Bytes as text, all of them: a byte order mark at the front stays. @throws InputError `RECORD_MALFORMED` */
export function textOf(record: KafkaRecord, what: string, bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw malformed(record, `Expected ${what} to be UTF-8, it is not`, cause);
  }
}
