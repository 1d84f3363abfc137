import { expect, it } from 'vitest';
import {
  committedOf,
  ends,
  newTopic,
  placed,
  readAll,
  type TransportCase,
  valued,
  write,
} from './transport-harness.ts';

/** Hashes from the tests of Apache Kafka's own `Utils.murmur2`. */
export const MURMUR2_VECTORS: readonly (readonly [key: string, hash: number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

/** Topics, plain producers and what is read of them. */
export function checkWrites({ open, trim }: TransportCase): void {
  it('gives the records of a partition offsets in the order of sending', async () => {
    const transport = await open();
    const topic = await newTopic(transport, 2);
    const producer = await transport.producer();
    expect(await producer.send(topic, 0, valued('a', 'b', 'c'))).toBe(0n);
    expect(await producer.send(topic, 1, valued('x'))).toBe(0n);
    expect(await producer.send(topic, 0, valued('d'))).toBe(3n);
    await producer.close();
    expect(placed(await readAll(transport, topic))).toEqual(['0: a', '1: b', '2: c', '3: d']);
    expect(await ends(transport, topic, 1)).toEqual({ low: 0n, high: 1n });
  });

  it('puts keys where every Kafka client puts them', async () => {
    const transport = await open();
    const topic = await newTopic(transport, 7);
    const producer = await transport.producer();
    const transactional = await transport.transactional({ transactionalId: topic });
    for (const [key, hash] of MURMUR2_VECTORS) {
      const expected = (hash & 0x7fffffff) % 7;
      expect(await producer.partitionFor(topic, key)).toBe(expected);
      expect(await transactional.partitionFor(topic, Buffer.from(key))).toBe(expected);
    }
    expect(await producer.partitionFor(topic, null)).toBeLessThan(7);
    await producer.close();
    await transactional.close();
  });

  it('keeps keys, values, headers and timestamps byte for byte', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await write(transport, topic, [
      { key: bytes, value: bytes, headers: { ce_é: bytes, empty: '' }, timestampMs: 1_400_000_000_123 },
      { key: null, value: 'no key', timestampMs: 1_400_000_000_000.4 },
      { key: '', value: '', timestampMs: 0 },
      { key: 'tombstone', value: null, timestampMs: 5 },
    ]);
    const [first, second, third, fourth] = await readAll(transport, topic);
    expect([[...first!.key!], [...first!.value!]]).toEqual([[...bytes], [...bytes]]);
    expect([...first!.headers].map(([name, value]) => [name, [...value]])).toEqual([
      ['ce_é', [...bytes]],
      ['empty', []],
    ]);
    expect([first, second, third, fourth].map((record) => record!.timestampMs)).toEqual([
      1_400_000_000_123, 1_400_000_000_000, 0, 5,
    ]);
    expect([second!.key, third!.key?.length, third!.value?.length]).toEqual([null, 0, 0]);
    expect([Buffer.from(fourth!.key!).toString(), fourth!.value]).toEqual(['tombstone', null]);
    expect(first).toMatchObject({ topic, partition: 0, offset: 0n });
  });

  it('does not feel what becomes of the bytes after they were sent', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    const value = Uint8Array.of(1, 2, 3);
    await write(transport, topic, [{ key: null, value }]);
    value.fill(9);
    expect([...(await readAll(transport, topic))[0]!.value!]).toEqual([1, 2, 3]);
  });

  it('refuses topics and partitions that do not exist', async () => {
    const transport = await open();
    const topic = await newTopic(transport, 2);
    const refusal = { code: 'CONNECTOR_FAILED', retryable: false };
    await expect(write(transport, `${topic}-not`, valued('a'))).rejects.toMatchObject(refusal);
    await expect(write(transport, topic, valued('a'), 2)).rejects.toMatchObject(refusal);
    const admin = await transport.admin();
    expect(await admin.partitionCounts([topic, `${topic}-not`])).toEqual(new Map([[topic, 2]]));
    await admin.close();
  });

  it('takes a batch of `max.message.bytes` and none of a byte more', async () => {
    const transport = await open();
    const topic = await newTopic(transport, 1, { 'max.message.bytes': '1000' });
    // 61 bytes before the records, and 8 of the record besides its value: lengths take two bytes from 64 on.
    const room = 1000 - 61 - 9;
    expect(await write(transport, topic, [{ key: null, value: new Uint8Array(room) }])).toBe(0n);
    await expect(write(transport, topic, [{ key: null, value: new Uint8Array(room + 1) }])).rejects.toMatchObject({
      code: 'CONNECTOR_FAILED',
      retryable: false,
    });
    const half = { key: null, value: new Uint8Array(room / 2 + 10) };
    await expect(write(transport, topic, [half, half])).rejects.toMatchObject({ code: 'CONNECTOR_FAILED' });
    expect(await ends(transport, topic)).toEqual({ low: 0n, high: 1n });
  });

  it('refuses a record without a key where a topic is compacted', async () => {
    const transport = await open();
    const topic = await newTopic(transport, 1, { 'cleanup.policy': 'compact' });
    await expect(write(transport, topic, [{ key: null, value: 'a' }])).rejects.toMatchObject({
      code: 'CONNECTOR_FAILED',
    });
    expect(await write(transport, topic, valued('a'))).toBe(0n);
  });

  it('tells how a topic is made, and leaves one alone that exists', async () => {
    const transport = await open();
    const topic = await newTopic(transport, 3, { 'cleanup.policy': 'compact' });
    const plain = await newTopic(transport);
    const admin = await transport.admin();
    await admin.createTopics([{ topic, partitions: 5 }]);
    const described = await admin.describeTopics([topic, plain, `${topic}-not`]);
    expect([...described.keys()].sort()).toEqual([topic, plain].sort());
    expect(described.get(topic)).toMatchObject({ partitions: 3, replicationFactor: 1 });
    const policies = [topic, plain].map((name) => described.get(name)!.config.get('cleanup.policy'));
    expect(policies).toEqual(['compact', 'delete']);
    expect(described.get(plain)!.config.get('max.message.bytes')).toBe('1048588');
    await expect(admin.createTopics([{ topic: 'a b' }])).rejects.toMatchObject({ code: 'CONNECTOR_FAILED' });
    await admin.close();
  });

  it('knows the low watermark of a partition whose first records are gone', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    await write(transport, topic, valued('a', 'b', 'c'));
    await trim(topic, 0, 2n);
    expect(await ends(transport, topic)).toEqual({ low: 2n, high: 3n });
    expect(placed(await readAll(transport, topic))).toEqual(['2: c']);
    expect(await committedOf(transport, `group-of-${topic}`, topic)).toBeUndefined();
  });

  it('writes nothing for no records', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    expect(await write(transport, topic, [])).toBe(-1n);
    expect(await ends(transport, topic)).toEqual({ low: 0n, high: 0n });
  });
}
