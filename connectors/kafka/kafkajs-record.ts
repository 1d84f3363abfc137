import type { Batch, KafkaMessage, Message, RecordMetadata } from 'kafkajs';
import { bytesOf } from './kafkajs-settings.ts';
import type { FetchedBatch, KafkaRecord, OutgoingRecord } from './transport.ts';

/** A record to write, in kafkajs's form. */
export function toMessage({ key, value, headers = {}, timestampMs }: OutgoingRecord, partition: number): Message {
  return {
    key: key === null ? null : bytesOf(key),
    value: value === null ? null : bytesOf(value),
    partition,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, bytesOf(text)])),
    ...(timestampMs === undefined ? {} : { timestamp: String(Math.round(timestampMs)) }),
  };
}

/** The offset of the first record of a request to one partition. */
export function firstOffset([answer]: readonly RecordMetadata[]): bigint {
  return BigInt(answer?.baseOffset ?? answer?.offset ?? '-1');
}

/** A record that was read, from kafkajs's form; its bytes lie in the buffer of the fetch. */
export function toRecord(topic: string, partition: number, message: KafkaMessage): KafkaRecord {
  const headers = new Map<string, Uint8Array>();
  for (const [name, given] of Object.entries(message.headers ?? {})) {
    const value = Array.isArray(given) ? given.at(-1) : given;
    if (value !== undefined) headers.set(name, bytesOf(value));
  }
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key,
    value: message.value,
    headers,
    timestampMs: Number(message.timestamp),
  };
}

/** What one fetch gave of a partition. */
export function toBatch(topic: string, batch: Batch): FetchedBatch {
  const { partition } = batch;
  const records = batch.messages.map((message) => toRecord(topic, partition, message));
  return {
    partition,
    records,
    nextOffset: BigInt(batch.lastOffset()) + 1n,
    bytes: records.reduce((sum, record) => sum + bytesHeld(record), 0),
    highWatermarkOffset: BigInt(batch.highWatermark),
  };
}

function bytesHeld({ key, value, headers }: KafkaRecord): number {
  let bytes = 64 + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, header] of headers) bytes += name.length + header.length;
  return bytes;
}

/**
 * Where the partition goes on after a batch. Compaction takes records out of a record batch and leaves its end as it was;
 * the client's `lastOffset` stops at the last record, and would then step through such a tail one fetch an offset.
 */
export function endOffset(batch: Batch): bigint {
  const last = BigInt(batch.lastOffset());
  const context = (batch.messages.at(-1) as DecodedMessage | undefined)?.batchContext;
  const end = context === undefined ? last : BigInt(context.firstOffset) + BigInt(context.lastOffsetDelta);
  return (end > last ? end : last) + 1n;
}

/** The client decodes this too and leaves it out of its types. */
type DecodedMessage = KafkaMessage & {
  readonly batchContext?: { readonly firstOffset: string; readonly lastOffsetDelta: number };
};
