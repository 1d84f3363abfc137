import { ConnectorError, crc32 } from '../../core/index.ts';
import type { KafkaRecord, RecordPlace } from '../kafka/index.ts';
import { VarintReader, varintBytes, writeVarint } from './varint.ts';

/** What a batch is for; its place in this list is its number on disk. Markers are control records: nobody sees them. */
export const BATCH_KINDS = ['plain', 'transactional', 'commit-marker', 'abort-marker'] as const;

/** One of {@link BATCH_KINDS}. */
export type BatchKind = (typeof BATCH_KINDS)[number];

/** What a batch says of itself. */
export interface BatchHeader {
  readonly kind: BatchKind;
  /** Number of its transaction, 0 where it has none. */
  readonly transaction: number;
  readonly baseOffset: bigint;
  /** At least `baseOffset`; a compacted batch may hold no record there any more. */
  readonly lastOffset: bigint;
  readonly count: number;
}

/** A record as a batch takes it. */
export type BatchRecord = Pick<KafkaRecord, 'offset' | 'key' | 'value' | 'headers' | 'timestampMs'>;

/** As many as a batch of Kafka has, so that a batch is as large here as there and `max.message.bytes` means the same. */
export const HEADER_BYTES = 61;
/** No batch is larger, so a damaged length asks for no more. */
export const MAX_BATCH_BYTES = 64 * 2 ** 20;
const VERSION = 1;
/** A record has a length, attributes, two deltas, two lengths and a count. */
const MIN_RECORD_BYTES = 7;
/** From here on the bytes are checked. */
const CHECKED_FROM = 8;

interface Headed {
  readonly record: BatchRecord;
  readonly headers: readonly (readonly [name: Buffer, value: Uint8Array])[];
  readonly bodyBytes: number;
}

/**
 * Lays a batch out: a header of 61 bytes (size, CRC-32 of what follows, base offset, distance of the last offset, count, kind,
 * version, transaction, base timestamp, zeros), then records as Kafka's format 2 has them.
 */
export function encodeBatch(header: Omit<BatchHeader, 'count'>, records: readonly BatchRecord[]): Buffer {
  const baseTimestampMs = records[0]?.timestampMs ?? 0;
  const headed = records.map((record) => measured(record, header.baseOffset, baseTimestampMs));
  const size = headed.reduce((sum, { bodyBytes }) => sum + varintBytes(bodyBytes) + bodyBytes, HEADER_BYTES);
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(size, 0);
  bytes.writeBigInt64LE(header.baseOffset, 8);
  bytes.writeUInt32LE(Number(header.lastOffset - header.baseOffset), 16);
  bytes.writeUInt32LE(records.length, 20);
  bytes.writeUInt8(BATCH_KINDS.indexOf(header.kind), 24);
  bytes.writeUInt8(VERSION, 25);
  bytes.writeBigInt64LE(BigInt(header.transaction), 26);
  bytes.writeBigInt64LE(BigInt(baseTimestampMs), 34);
  let at = HEADER_BYTES;
  for (const one of headed) at = writeRecord(bytes, at, { ...one, baseOffset: header.baseOffset, baseTimestampMs });
  bytes.writeUInt32LE(crc32(bytes.subarray(CHECKED_FROM)), 4);
  return bytes;
}

function measured(record: BatchRecord, baseOffset: bigint, baseTimestampMs: number): Headed {
  const headers = [...record.headers].map(([name, value]) => [Buffer.from(name), value] as const);
  let bodyBytes = 1 + varintBytes(record.timestampMs - baseTimestampMs);
  bodyBytes += varintBytes(Number(record.offset - baseOffset)) + sizedBytes(record.key) + sizedBytes(record.value);
  bodyBytes += varintBytes(headers.length);
  for (const [name, value] of headers) bodyBytes += sizedBytes(name) + sizedBytes(value);
  return { record, headers, bodyBytes };
}

function sizedBytes(value: Uint8Array | null): number {
  return value === null ? 1 : varintBytes(value.length) + value.length;
}

interface Based {
  readonly baseOffset: bigint;
  readonly baseTimestampMs: number;
}

function writeRecord(bytes: Buffer, from: number, { record, headers, bodyBytes, ...base }: Headed & Based): number {
  let at = writeVarint(bytes, from, bodyBytes) + 1; // attributes are 0
  at = writeVarint(bytes, at, record.timestampMs - base.baseTimestampMs);
  at = writeVarint(bytes, at, Number(record.offset - base.baseOffset));
  at = writeSized(bytes, at, record.key);
  at = writeSized(bytes, at, record.value);
  at = writeVarint(bytes, at, headers.length);
  for (const [name, value] of headers) at = writeSized(bytes, writeSized(bytes, at, name), value);
  return at;
}

function writeSized(bytes: Buffer, at: number, value: Uint8Array | null): number {
  if (value === null) return writeVarint(bytes, at, -1);
  const from = writeVarint(bytes, at, value.length);
  bytes.set(value, from);
  return from + value.length;
}

/** The size that a batch declares at its beginning; `undefined` where no batch can begin. Needs {@link HEADER_BYTES}. */
export function batchSize(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const size = bytes.readUInt32LE(0);
  return size < HEADER_BYTES || size > MAX_BATCH_BYTES ? undefined : size;
}

/** The header of a whole batch; `undefined` where it is damaged. */
export function readHeader(bytes: Buffer): BatchHeader | undefined {
  if (batchSize(bytes) !== bytes.length) return undefined;
  if (crc32(bytes.subarray(CHECKED_FROM)) !== bytes.readUInt32LE(4)) return undefined;
  const kind = BATCH_KINDS[bytes.readUInt8(24)];
  const baseOffset = bytes.readBigInt64LE(8);
  const count = bytes.readUInt32LE(20);
  if (kind === undefined || bytes.readUInt8(25) !== VERSION || baseOffset < 0n) return undefined;
  if (count > (bytes.length - HEADER_BYTES) / MIN_RECORD_BYTES) return undefined;
  const lastOffset = baseOffset + BigInt(bytes.readUInt32LE(16));
  return { kind, transaction: Number(bytes.readBigInt64LE(26)), baseOffset, lastOffset, count };
}

/**
 * The records of a whole batch; their bytes are views of the batch.
 * @throws ConnectorError `CONNECTOR_FAILED` where it is damaged
 */
export function decodeBatch(bytes: Buffer, place: RecordPlace): KafkaRecord[] {
  const header = readHeader(bytes);
  if (header === undefined) throw damaged(place);
  const baseTimestampMs = Number(bytes.readBigInt64LE(34));
  const reader = new VarintReader(bytes, HEADER_BYTES);
  try {
    const base = { ...place, offset: header.baseOffset };
    return Array.from({ length: header.count }, () => readRecord(reader, base, baseTimestampMs));
  } catch (cause) {
    throw damaged(place, cause);
  }
}

function readRecord(reader: VarintReader, base: RecordPlace, baseTimestampMs: number): KafkaRecord {
  reader.varint(); // its length
  reader.varint(); // attributes, 0 in this form too
  const timestampMs = baseTimestampMs + reader.varint();
  const offset = base.offset + BigInt(reader.varint());
  const key = reader.sized();
  const value = reader.sized();
  const headers = new Map<string, Uint8Array>();
  for (let left = reader.varint(); left > 0; left--) {
    const name = reader.sized() ?? Buffer.alloc(0);
    headers.set(name.toString(), reader.sized() ?? Buffer.alloc(0));
  }
  return { topic: base.topic, partition: base.partition, offset, key, value, headers, timestampMs };
}

function damaged({ topic, partition, offset }: RecordPlace, cause?: unknown): ConnectorError {
  return new ConnectorError(
    'CONNECTOR_FAILED',
    `Expected topic ${topic}, partition ${partition} to hold a whole batch at offset ${offset}, it is damaged`,
    { cause },
  );
}
