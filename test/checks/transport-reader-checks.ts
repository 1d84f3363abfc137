import { expect, it } from 'vitest';
import type { KafkaTransport } from '../../connectors/kafka/index.ts';
import { committedOf, newTopic, placed, readRange, type TransportCase, valued, write } from './transport-harness.ts';

/** Readers of stretches. */
export function checkReaders({ open, trim }: TransportCase): void {
  /** A topic of seven offsets: 0 a, 1 b, 2 the end of their transaction, 3 no, 4 its end, 5 c, 6 d. */
  async function mixed(transport: KafkaTransport): Promise<string> {
    const topic = await newTopic(transport);
    const producer = await transport.transactional({ transactionalId: topic });
    await producer.begin();
    await producer.send(topic, 0, valued('a', 'b'));
    await producer.commit();
    await producer.begin();
    await producer.send(topic, 0, valued('no'));
    await producer.abort();
    await producer.close();
    expect(await write(transport, topic, valued('c', 'd'))).toBe(5n);
    return topic;
  }

  it('reads stretches: whole, from within and up to within a batch', async () => {
    const transport = await open();
    const topic = await mixed(transport);
    const read = async (from: bigint, to: bigint) =>
      placed(await readRange(transport, { topic, partition: 0, from, to }));
    expect(await read(0n, 7n)).toEqual(['0: a', '1: b', '5: c', '6: d']);
    expect(await read(1n, 6n)).toEqual(['1: b', '5: c']);
    expect(await read(0n, 1n)).toEqual(['0: a']);
  });

  it('ends where a stretch ends with control records or aborted ones, or holds nothing else', async () => {
    const transport = await open();
    const topic = await mixed(transport);
    const read = async (from: bigint, to: bigint) =>
      placed(await readRange(transport, { topic, partition: 0, from, to }));
    expect(await read(1n, 3n)).toEqual(['1: b']);
    expect(await read(1n, 4n)).toEqual(['1: b']);
    expect(await read(2n, 5n)).toEqual([]);
    expect(await read(3n, 3n)).toEqual([]);
    expect(await read(9n, 3n)).toEqual([]);
  });

  it('ends at the end of a partition that ends with a control record', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    const producer = await transport.transactional({ transactionalId: topic });
    await producer.begin();
    await producer.send(topic, 0, valued('a'));
    await producer.commit();
    await producer.close();
    expect(placed(await readRange(transport, { topic, partition: 0, from: 0n, to: 2n }))).toEqual(['0: a']);
    expect(await readRange(transport, { topic, partition: 0, from: 1n, to: 2n })).toEqual([]);
  });

  it('waits for records that are still to come', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    await write(transport, topic, valued('a'));
    const reading = readRange(transport, { topic, partition: 0, from: 0n, to: 2n });
    await write(transport, topic, valued('b'));
    expect(placed(await reading)).toEqual(['0: a', '1: b']);
  });

  it('refuses a stretch that begins below the low watermark or behind the end', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    await write(transport, topic, valued('a', 'b', 'c'));
    await trim(topic, 0, 2n);
    const read = (from: bigint, to: bigint) => readRange(transport, { topic, partition: 0, from, to });
    await expect(read(1n, 3n)).rejects.toMatchObject({
      code: 'CONNECTOR_FAILED',
      retryable: false,
      message: expect.stringContaining('low watermark'),
    });
    await expect(read(4n, 5n)).rejects.toMatchObject({ code: 'CONNECTOR_FAILED' });
    expect(placed(await read(2n, 3n))).toEqual(['2: c']);
  });

  it('reads again after a loop was left, one read at a time, and nothing once it is closed', async () => {
    const transport = await open();
    const topic = await mixed(transport);
    const range = { topic, partition: 0, from: 0n, to: 7n };
    const reader = await transport.reader({ topics: [topic], groupId: 'contract' });
    for await (const batch of reader.read(range)) {
      expect(batch.length).toBeGreaterThan(0);
      const second = reader.read(range)[Symbol.asyncIterator]();
      await expect(second.next()).rejects.toMatchObject({ code: 'CONNECTOR_FAILED' });
      break;
    }
    const records = [];
    for await (const batch of reader.read({ ...range, from: 1n })) records.push(...batch);
    expect(placed(records)).toEqual(['1: b', '5: c', '6: d']);
    await reader.close();
    await reader.close();
    const late = reader.read(range)[Symbol.asyncIterator]();
    await expect(late.next()).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
    expect(await committedOf(transport, 'contract', topic)).toBeUndefined();
  });

  it('brings about as many bytes at once as were asked for, and a larger record alone', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    const large = { key: null, value: new Uint8Array(5000) };
    for (let i = 0; i < 3; i++) await write(transport, topic, [large]);
    const reader = await transport.reader({ topics: [topic], groupId: 'contract', maxBytesPerFetch: 2000 });
    const lengths: number[] = [];
    for await (const batch of reader.read({ topic, partition: 0, from: 0n, to: 3n })) lengths.push(batch.length);
    expect(lengths).toEqual([1, 1, 1]);
    await reader.close();
  });

  it('refuses a topic that does not exist', async () => {
    const transport = await open();
    const opening = transport.reader({ topics: ['contract-not-there'], groupId: 'contract' });
    await expect(opening).rejects.toMatchObject({ code: 'CONNECTOR_FAILED' });
  });
}
