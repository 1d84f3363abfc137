import { Kafka, logLevel } from 'kafkajs';
import { expect, it } from 'vitest';
import {
  type KafkaRecord,
  type KafkaTransport,
  kafkajsTransport,
  type PartitionReader,
  type TransactionalProducer,
} from '../../../connectors/kafka/index.ts';
import { describeWithBroker, eventually, freshTopic, testBrokers, testTransport } from './broker-setup.ts';
import { numbered, produce, readAll, readRange, text, texts } from './harness.ts';

/** Transactions of two records each on partition 0, committed (`c`) or aborted (`a`): offsets 0 1 [2], 3 4 [5], ... */
async function transactions(transport: KafkaTransport, topic: string, ends: string): Promise<void> {
  const producer = await transport.transactional({ transactionalId: `x-${topic}` });
  for (const [i, end] of [...ends].entries()) {
    await producer.begin();
    await producer.send(
      topic,
      0,
      ['a', 'b'].map((half) => ({ key: 'k', value: `${i}${half}` })),
    );
    await (end === 'c' ? producer.commit() : producer.abort());
  }
  await producer.close();
  await (await transport.transactional({ transactionalId: `x-${topic}` })).close(); // the markers are written
}

/** Deletes the records before an offset, as retention does. */
async function deleteBefore(topic: string, offset: bigint): Promise<void> {
  const admin = new Kafka({ brokers: testBrokers().split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.fetchTopicOffsets(topic); // else the client does not know the topic
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  await admin.disconnect();
}

/** Writes the record '0' and returns its offset. */
async function produceOne(transport: KafkaTransport, topic: string): Promise<bigint> {
  const producer = await transport.producer();
  const offset = await producer.send(topic, 0, numbered(1, 1));
  await producer.close();
  return offset;
}

async function groupsOf(prefix: string): Promise<string[]> {
  const admin = new Kafka({ brokers: testBrokers().split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { groups } = await admin.listGroups();
  await admin.disconnect();
  return groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(prefix));
}

async function all(batches: AsyncIterable<readonly KafkaRecord[]>): Promise<string[]> {
  const values: string[] = [];
  for await (const records of batches) values.push(...records.map(({ value }) => text(value)));
  return values;
}

function readerOf(transport: KafkaTransport, topic: string, maxBytesPerFetch?: number): Promise<PartitionReader> {
  const limit = maxBytesPerFetch === undefined ? {} : { maxBytesPerFetch };
  return transport.reader({ topics: [topic], groupId: `r-${topic}`, ...limit });
}

describeWithBroker('A reader of a Kafka partition', () => {
  it.each([
    ['a committed transaction at its end', 'cc', 6n, ['0a', '0b', '1a', '1b']],
    ['a range that ends before the marker of a commit', 'cc', 5n, ['0a', '0b', '1a', '1b']],
    ['an aborted transaction at its end', 'caa', 9n, ['0a', '0b']],
    ['a range that ends amid aborted records', 'caa', 7n, ['0a', '0b']],
    ['aborted transactions only', 'aa', 6n, []],
    ['transactions of both kinds', 'acac', 12n, ['1a', '1b', '3a', '3b']],
  ])('ends at %s', async (_, ends, to, expected) => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    await transactions(transport, topic, ends);
    const reader = await readerOf(transport, topic);
    expect(await all(reader.read({ topic, partition: 0, from: 0n, to }))).toEqual(expected);
    await reader.close();
  });

  it('gives the records of a range and no other, whatever a fetch brings', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport, 2);
    await produce(transport, topic, numbered(40, 2));
    const values = texts(0, 40).filter((_, i) => i % 2 === 1);
    const reader = await readerOf(transport, topic, 1024);
    expect(await all(reader.read({ topic, partition: 1, from: 3n, to: 17n }))).toEqual(values.slice(3, 17));
    expect(await all(reader.read({ topic, partition: 1, from: 0n, to: 20n }))).toEqual(values);
    expect(await all(reader.read({ topic, partition: 1, from: 9n, to: 9n }))).toEqual([]);
    expect(await all(reader.read({ topic, partition: 1, from: 9n, to: 2n }))).toEqual([]);
    await reader.close();
  });

  it('gives no record of aborted transactions that overlap, wherever it begins', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const [a, b] = await Promise.all(['a', 'b'].map((id) => transport.transactional({ transactionalId: id + topic })));
    const send = (producer: TransactionalProducer | undefined, key: string | Uint8Array): Promise<bigint> =>
      producer!.send(topic, 0, [{ key, value: 'aborted' }]);
    await Promise.all([a!.begin(), b!.begin()]);
    await send(b, 'b');
    await send(a, new Uint8Array(4)); // a key that looks like the mark of an abort
    await send(a, 'a');
    await send(b, 'b');
    for (const [producer, id] of [
      [a, 'a'],
      [b, 'b'],
    ] as const) {
      await producer!.abort();
      await producer!.close();
      await (await transport.transactional({ transactionalId: id + topic })).close(); // the marker is written
    }
    const records = await produceOne(transport, topic);
    const reader = await readerOf(transport, topic);
    for (const from of [0n, 1n, 2n, 3n]) {
      expect(await all(reader.read({ topic, partition: 0, from, to: records + 1n }))).toEqual(['0']);
    }
    await reader.close();
    const read = await readAll(transport, topic, 1);
    expect(read.map(({ value }) => text(value))).toEqual(['0']);
  });

  it('may be left and read again, also the same partition', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    for (let i = 0; i < 20; i++) await produce(transport, topic, numbered(5, 1));
    const reader = await readerOf(transport, topic, 1024);
    for (let round = 0; round < 5; round++) {
      for await (const records of reader.read({ topic, partition: 0, from: 0n, to: 100n })) {
        expect(records[0]?.offset).toBe(0n);
        break;
      }
      const rest = await all(reader.read({ topic, partition: 0, from: 90n, to: 100n }));
      expect(rest).toEqual([...texts(0, 5), ...texts(0, 5)]);
    }
    await reader.close();
  });

  it('refuses a range that begins before the low watermark, and names it', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    await produce(transport, topic, numbered(10, 1));
    await deleteBefore(topic, 6n);
    const reader = await readerOf(transport, topic);
    await expect(all(reader.read({ topic, partition: 0, from: 3n, to: 10n }))).rejects.toMatchObject({
      code: 'CONNECTOR_FAILED',
      message: expect.stringMatching(/partition 0 to hold offset 3 on .*, its first one, the low watermark, is 6$/),
    });
    expect(await all(reader.read({ topic, partition: 0, from: 6n, to: 10n }))).toEqual(texts(6, 10));
    await reader.close();
  });

  it('fails when records are deleted more than one fetch ahead of it, and never skips them', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    for (let i = 0; i < 8; i++) await produce(transport, topic, [{ key: 'k', value: new Uint8Array(2000) }]);
    const reader = await readerOf(transport, topic, 1024);
    const read = reader.read({ topic, partition: 0, from: 0n, to: 8n })[Symbol.asyncIterator]();
    expect((await read.next()).value?.[0]?.offset).toBe(0n);
    for (let i = 0; i < 3; i++) await produce(transport, topic, numbered(1, 1)); // time enough to fetch all
    await deleteBefore(topic, 7n);
    const rest = (async () => {
      for (;;) if ((await read.next()).done) return 'the end';
    })();
    await expect(rest).rejects.toThrow(/to hold offset [12] on .*low watermark, is 7$/);
    await reader.close();
  });

  it('waits for a transaction that is open, and for bounded time', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const producer = await transport.transactional({ transactionalId: `x-${topic}` });
    await producer.begin();
    await producer.send(topic, 0, numbered(2, 1));
    const hasty = await kafkajsTransport({ brokers: testBrokers(), sendTimeoutMs: 400 });
    const impatient = await readerOf(hasty, topic);
    await expect(all(impatient.read({ topic, partition: 0, from: 0n, to: 2n }))).rejects.toMatchObject({
      code: 'CONNECTOR_UNREACHABLE',
      message: expect.stringContaining(`to give topic ${topic}, partition 0 from offset 0 to 2 within 400 ms`),
    });
    await impatient.close();
    const reader = await readerOf(transport, topic);
    const read = all(reader.read({ topic, partition: 0, from: 0n, to: 2n }));
    await producer.commit();
    expect(await read).toEqual(texts(0, 2));
    await Promise.all([reader.close(), producer.close()]);
  });

  it('leaves no group behind, and takes no part in another', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    await produce(transport, topic, numbered(3, 1));
    const reader = await readerOf(transport, topic);
    expect((await groupsOf(`r-${topic}`)).length).toBe(1);
    await all(reader.read({ topic, partition: 0, from: 0n, to: 3n }));
    await reader.close();
    await reader.close();
    await eventually('the group to be gone', async () => (await groupsOf(`r-${topic}`)).length === 0);
    await expect(all(reader.read({ topic, partition: 0, from: 0n, to: 3n }))).rejects.toMatchObject({
      code: 'STREAM_CLOSED',
    });
  });

  it('names a topic that does not exist', async () => {
    const transport = await testTransport();
    await expect(readerOf(transport, 'none-of-these')).rejects.toThrow('Expected the topics none-of-these to exist');
  });

  it('reads one range at a time', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    await produce(transport, topic, numbered(3, 1));
    const reader = await readerOf(transport, topic);
    const range = { topic, partition: 0, from: 0n, to: 3n };
    for await (const _ of reader.read(range))
      await expect(all(reader.read(range))).rejects.toThrow('one read at a time');
    expect(await readRange(transport, { topic, partition: 0 })).toHaveLength(3);
    await reader.close();
  });
});
