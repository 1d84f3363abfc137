import { expect, it } from 'vitest';
import type { GroupOffset, KafkaTransport, TransactionalProducer } from '../../../connectors/kafka/index.ts';
import { describeWithBroker, freshTopic, testTransport } from './broker-setup.ts';
import { committed, numbered, readRange, text } from './harness.ts';

async function producerOf(transport: KafkaTransport, topic: string): Promise<TransactionalProducer> {
  return transport.transactional({ transactionalId: `x-${topic}` });
}

/** One transaction with records of one partition. */
async function transact(
  producer: TransactionalProducer,
  topic: string,
  options: { readonly values: readonly string[]; readonly end: 'commit' | 'abort'; readonly place?: GroupOffset },
): Promise<bigint> {
  await producer.begin();
  const offset = await producer.send(
    topic,
    0,
    options.values.map((value) => ({ key: 'k', value })),
  );
  if (options.place !== undefined) await producer.sendOffset(options.place);
  await producer[options.end]();
  return offset;
}

/** The values that a reader of committed records finds. */
async function valuesOf(transport: KafkaTransport, topic: string): Promise<string[]> {
  return (await readRange(transport, { topic, partition: 0 })).map(({ value }) => text(value));
}

describeWithBroker('A Kafka transaction', () => {
  it('is read when it was committed, and not when it was aborted', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const producer = await producerOf(transport, topic);
    expect(await transact(producer, topic, { values: ['a', 'b'], end: 'commit' })).toBe(0n);
    expect(await transact(producer, topic, { values: ['lost'], end: 'abort' })).toBe(3n); // 2 is the commit's marker
    expect(await transact(producer, topic, { values: ['c'], end: 'commit' })).toBe(5n);
    await producer.close();
    await (await producerOf(transport, topic)).close(); // waits until the last markers are written
    expect(await valuesOf(transport, topic)).toEqual(['a', 'b', 'c']);
  });

  it('moves the place of a group when it is committed, and leaves it when it is aborted', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const groupId = `g-${topic}`;
    const place = (offset: bigint): GroupOffset => ({ groupId, topic, partition: 0, offset });
    const producer = await producerOf(transport, topic);
    await transact(producer, topic, { values: ['a'], end: 'commit', place: place(7n) });
    await producer.close();
    const second = await producerOf(transport, topic);
    expect(await committed(transport, topic, groupId)).toEqual([7n]);
    await transact(second, topic, { values: ['b'], end: 'abort', place: place(9n) });
    await second.close();
    const third = await producerOf(transport, topic);
    expect(await committed(transport, topic, groupId)).toEqual([7n]);
    await third.close();
  });

  it('is fenced by a second producer of the id, which ends it without its records', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const groupId = `g-${topic}`;
    const first = await producerOf(transport, topic);
    await first.begin();
    await first.send(topic, 0, [{ key: 'k', value: 'torn' }]);
    await first.sendOffset({ groupId, topic, partition: 0, offset: 5n });

    const second = await producerOf(transport, topic);
    expect(await committed(transport, topic, groupId)).toEqual([0n]);
    const fenced = { fault: 'fenced', code: 'TRANSACTION_FENCED', retryable: false };
    await expect(first.commit()).rejects.toMatchObject(fenced);
    await expect(first.abort()).rejects.toMatchObject(fenced);
    await expect(first.begin()).rejects.toMatchObject(fenced);
    await transact(second, topic, { values: ['whole'], end: 'commit' });
    await Promise.all([first.close(), second.close()]);
    await (await producerOf(transport, topic)).close();
    expect(await valuesOf(transport, topic)).toEqual(['whole']);
  });

  it('of a fenced producer ends at its first record', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const first = await producerOf(transport, topic);
    const second = await producerOf(transport, topic);
    await first.begin();
    await expect(first.send(topic, 0, numbered(1, 1))).rejects.toMatchObject({ fault: 'fenced' });
    await Promise.all([first.close(), second.close()]);
  });

  it('may follow the one before it at once, 30 times over, with or without records', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const groupId = `g-${topic}`;
    const producer = await producerOf(transport, topic);
    for (let i = 0; i < 30; i++) {
      await producer.begin();
      if (i % 3 > 0) await producer.send(topic, 0, [{ key: 'k', value: `v${i}` }]);
      await producer.sendOffset({ groupId, topic, partition: 0, offset: BigInt(i) });
      await producer.commit();
    }
    await producer.close();
    await (await producerOf(transport, topic)).close();
    expect(await committed(transport, topic, groupId)).toEqual([29n]);
    expect((await valuesOf(transport, topic)).length).toBe(20);
  });

  it('with nothing in it ends at once, either way', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const producer = await producerOf(transport, topic);
    await producer.begin();
    expect(await producer.send(topic, 0, [])).toBe(-1n);
    await producer.commit();
    await producer.begin();
    await producer.abort();
    await producer.close();
    expect(await valuesOf(transport, topic)).toEqual([]);
  });

  it('fails for good on a record that is too large and on a topic that is missing', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const large = await producerOf(transport, topic);
    await large.begin();
    const record = { key: 'k', value: new Uint8Array(2_000_000) };
    await expect(large.send(topic, 0, [record])).rejects.toMatchObject({
      fault: 'fatal',
      message: expect.stringContaining('(MESSAGE_TOO_LARGE)'),
    });
    await large.close();

    const lost = await producerOf(transport, topic);
    await lost.begin();
    await expect(lost.send(`${topic}-none`, 0, numbered(1, 1))).rejects.toMatchObject({
      fault: 'fatal',
      message: expect.stringContaining(`Expected topic ${topic}-none to exist`),
    });
    await lost.close();
  });

  it('has a partition for a key, as every client computes it', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport, 5);
    const producer = await producerOf(transport, topic);
    const plain = await transport.producer();
    for (const key of ['a', 'stream-17', 'ü']) {
      expect(await producer.partitionFor(topic, key)).toBe(await plain.partitionFor(topic, key));
    }
    await Promise.all([producer.close(), plain.close()]);
  });

  it('takes the calls of its own order only', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const producer = await producerOf(transport, topic);
    await expect(producer.commit()).rejects.toThrow('to have an open transaction, none is open');
    await producer.begin();
    await expect(producer.begin()).rejects.toThrow('to have no open transaction, one is open');
    await producer.abort();
    await producer.close();
    await producer.close();
    await expect(producer.begin()).rejects.toThrow('to have an open producer, it is closed');
  });
});

describeWithBroker('A Kafka admin', () => {
  it('describes the topics that exist', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport, 3);
    const compacted = `${topic}-compacted`;
    const admin = await transport.admin();
    await admin.createTopics([{ topic: compacted, config: { 'cleanup.policy': 'compact' } }]);
    const described = await admin.describeTopics([topic, compacted, `${topic}-none`]);
    await admin.close();
    expect([...described.keys()].toSorted()).toEqual([topic, compacted]);
    expect(described.get(topic)).toMatchObject({ partitions: 3, replicationFactor: 1 });
    expect(described.get(topic)?.config.get('cleanup.policy')).toBe('delete');
    expect(described.get(compacted)?.config.get('cleanup.policy')).toBe('compact');
  });
});

describeWithBroker('A Kafka producer', () => {
  it('tells the offset of the first record of a request', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const producer = await transport.producer();
    expect(await producer.send(topic, 0, numbered(3, 1))).toBe(0n);
    expect(await producer.send(topic, 0, numbered(2, 1))).toBe(3n);
    expect(await producer.send(topic, 0, [])).toBe(-1n);
    await producer.close();
  });
});
