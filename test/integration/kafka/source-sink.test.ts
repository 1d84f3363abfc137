import { expect, it } from 'vitest';
import {
  deadLetterRecord,
  deadLetterTopic,
  ensureTopics,
  type KafkaRecord,
  type KafkaSourceHandler,
  type KafkaSourceOptions,
  type KafkaTransport,
  kafkaSink,
  kafkaSource,
  type OutgoingRecord,
} from '../../../connectors/kafka/index.ts';
import { ConnectorError, InputError } from '../../../core/index.ts';
import { describeWithBroker, eventually, freshTopic, testTransport } from './broker-setup.ts';

const text = (bytes: Uint8Array | null): string => (bytes === null ? '' : Buffer.from(bytes).toString());

/** A source at work in the background. */
function running(options: KafkaSourceOptions, handler: KafkaSourceHandler) {
  const abort = new AbortController();
  const done = kafkaSource({ sessionTimeoutMs: 6000, ...options }).run(handler, abort.signal);
  done.catch(() => {});
  return {
    done,
    stop: async (): Promise<void> => {
      abort.abort();
      await done;
    },
  };
}

async function produce(transport: KafkaTransport, topic: string, records: readonly OutgoingRecord[]): Promise<void> {
  const sink = kafkaSink({ transport, topic });
  await sink.write(records);
  await sink.close();
}

/** Reads a topic from its beginning until `count` records have come. */
async function readAll(transport: KafkaTransport, topic: string, count: number): Promise<KafkaRecord[]> {
  const read: KafkaRecord[] = [];
  const source = running(
    { transport, topic, groupId: `reader-of-${topic}` },
    {
      onRecords: async ({ records }) => {
        read.push(...records);
      },
    },
  );
  await eventually(`${count} records of ${topic}`, () => read.length >= count);
  await source.stop();
  return read;
}

async function committed(transport: KafkaTransport, topic: string, groupId: string): Promise<bigint[]> {
  const admin = await transport.admin();
  try {
    return [...(await admin.committed(groupId, topic)).entries()]
      .sort(([a], [b]) => a - b)
      .map(([, offset]) => offset ?? 0n);
  } finally {
    await admin.close();
  }
}

const numbered = (count: number, partitions: number): OutgoingRecord[] =>
  Array.from({ length: count }, (_, i) => ({ key: `k${i % 5}`, value: String(i), partition: i % partitions }));

describeWithBroker('Kafka source and sink', () => {
  it('carries key, value, headers and timestamp through the broker', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const value = Uint8Array.from([0, 255, 128]);
    await produce(transport, topic, [{ key: 'a', value, headers: { h: 'x' }, timestampMs: 1_400_000_000_123 }]);
    const [record] = await readAll(transport, topic, 1);
    expect(text(record!.key)).toBe('a');
    expect([...record!.value!]).toEqual([0, 255, 128]);
    expect(text(record!.headers.get('h')!)).toBe('x');
    expect(record!.timestampMs).toBe(1_400_000_000_123);
    expect(record!.offset).toBe(0n);
  });

  it('keeps the order of each partition and commits all that was handled', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport, 2);
    await produce(transport, topic, numbered(2000, 2));
    const seen: string[][] = [[], []];
    const groupId = `g-${topic}`;
    const source = running(
      { transport, topic, groupId, maxRecords: 100 },
      {
        onRecords: async ({ partition, records }) => {
          seen[partition]!.push(...records.map(({ value }) => text(value)));
        },
      },
    );
    await eventually('2000 records', () => seen[0]!.length + seen[1]!.length >= 2000);
    await source.stop();
    const expected = (partition: number) => Array.from({ length: 1000 }, (_, i) => String(2 * i + partition));
    expect(seen).toEqual([expected(0), expected(1)]);
    expect(await committed(transport, topic, groupId)).toEqual([1000n, 1000n]);
  });
});
