import type { KafkaRecord } from '../../../connectors/kafka/index.ts';

/** A record at offset 7 of partition 2 of topic `in`, with what a test wants of it. */
export function record(parts: {
  readonly key?: string | Uint8Array | null;
  readonly value?: string | Uint8Array | null;
  readonly headers?: Readonly<Record<string, string | Uint8Array>>;
  readonly timestampMs?: number;
  readonly offset?: bigint;
}): KafkaRecord {
  const bytes = (value: string | Uint8Array | null): Uint8Array | null =>
    typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return {
    topic: 'in',
    partition: 2,
    offset: parts.offset ?? 7n,
    key: bytes(parts.key === undefined ? 'stream' : parts.key),
    value: bytes(parts.value ?? null),
    headers: new Map(Object.entries(parts.headers ?? {}).map(([name, value]) => [name, bytes(value)!])),
    timestampMs: parts.timestampMs ?? -1,
  };
}
