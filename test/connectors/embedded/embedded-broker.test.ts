import { describe, expect, it } from 'vitest';
import { embeddedBroker } from '../../../connectors/embedded/index.ts';
import { eventually } from '../../checks/eventually.ts';
import { listening, newTopic, placed, readAll, valued, write } from '../../checks/transport-harness.ts';

describe('An embedded broker', () => {
  it('checks its options by name', () => {
    const invalid = (name: string) =>
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(`\`${name}\``) });
    expect(() => embeddedBroker({ maxBytes: 0 })).toThrow(invalid('maxBytes'));
    expect(() => embeddedBroker({ segmentBytes: 1.5 })).toThrow(invalid('segmentBytes'));
    expect(() => embeddedBroker({ directory: '' })).toThrow(invalid('directory'));
    expect(() => embeddedBroker({ durable: 1 as unknown as boolean })).toThrow(invalid('durable'));
  });

  it('refuses more bytes than `maxBytes`, and takes more once some are gone', async () => {
    const broker = embeddedBroker({ maxBytes: 10_000 });
    const transport = broker.transport();
    const topic = await newTopic(transport);
    const record = { key: null, value: new Uint8Array(4000) };
    await write(transport, topic, [record]);
    await write(transport, topic, [record]);
    await expect(write(transport, topic, [record])).rejects.toMatchObject({
      name: 'OverflowError',
      code: 'BUFFER_OVERFLOW',
      message: expect.stringContaining('`maxBytes` 10000'),
    });
    const producer = await transport.transactional({ transactionalId: 't' });
    await producer.begin();
    await expect(producer.send(topic, 0, [record])).rejects.toMatchObject({ fault: 'fatal' });
    broker.trim(topic, 0, 1n);
    expect(await write(transport, topic, [record])).toBe(2n);
    await broker.close();
  });

  it('names topic, size and limit of a batch that is too large', async () => {
    const transport = embeddedBroker().transport();
    const topic = await newTopic(transport);
    const sending = write(transport, topic, [{ key: null, value: new Uint8Array(2 ** 20) }]);
    await expect(sending).rejects.toMatchObject({ code: 'CONNECTOR_FAILED', message: expect.stringContaining(topic) });
    await expect(sending).rejects.toThrow('at most 1048588 bytes (max.message.bytes), got 1048650 bytes');
  });

  it('aborts a transaction when its clock says so', async () => {
    let now = 0;
    const transport = embeddedBroker({ clock: { now: () => now } }).transport();
    const topic = await newTopic(transport);
    const producer = await transport.transactional({ transactionalId: 't', transactionTimeoutMs: 5000 });
    await producer.begin();
    now += 100_000; // a transaction begins with its first record
    await producer.send(topic, 0, valued('slow'));
    await write(transport, topic, valued('behind'));
    now += 4999;
    const admin = await transport.admin();
    expect(await admin.offsets(topic)).toEqual([{ partition: 0, low: 0n, high: 0n }]);
    now += 1;
    expect(await admin.offsets(topic)).toEqual([{ partition: 0, low: 0n, high: 3n }]);
    expect(placed(await readAll(transport, topic))).toEqual(['1: behind']);
    await expect(producer.abort()).rejects.toMatchObject({ fault: 'fenced' });
  });

  it('ends all its clients when it is closed', async () => {
    const broker = embeddedBroker();
    const transport = broker.transport();
    const topic = await newTopic(transport);
    await write(transport, topic, valued('a'));
    const member = await (await listening(transport, topic)).start();
    const producer = await transport.producer();
    const transactional = await transport.transactional({ transactionalId: 't' });
    await transactional.begin();
    const reader = await transport.reader({ topics: [topic], groupId: 'r' });
    const reading = reader.read({ topic, partition: 0, from: 1n, to: 2n })[Symbol.asyncIterator]().next();
    await eventually('the record', () => member.records.length === 1);
    await Promise.all([
      expect(reading).rejects.toMatchObject({ code: 'CONNECTOR_UNREACHABLE' }),
      broker.close(),
      broker.close(),
    ]);
    const gone = { code: 'CONNECTOR_UNREACHABLE', retryable: true };
    expect(member.failures).toEqual([expect.objectContaining(gone)]);
    await expect(producer.send(topic, 0, valued('b'))).rejects.toMatchObject(gone);
    await expect(transactional.commit()).rejects.toMatchObject({ fault: 'indefinite' });
    await expect(transport.admin()).rejects.toMatchObject(gone);
    await expect(transport.transactional({ transactionalId: 't' })).rejects.toMatchObject({ fault: 'indefinite' });
  });

  it('tells a consumer whose owner fails, and no other', async () => {
    const transport = embeddedBroker().transport();
    const topic = await newTopic(transport);
    await write(transport, topic, valued('a'));
    const failing = await listening(transport, topic, { groupId: 'failing' });
    failing.onBatch = () => Promise.reject(new Error('no room'));
    const other = await (await listening(transport, topic, { groupId: 'other' })).start();
    await failing.start();
    await eventually('the failure', () => failing.failures.length === 1);
    expect(failing.failures[0]).toMatchObject({
      code: 'CONNECTOR_FAILED',
      message: expect.stringContaining('no room'),
    });
    await eventually('the record', () => other.records.length === 1);
    expect(other.failures).toEqual([]);
    await failing.consumer.close();
    await other.consumer.close();
  });

  it('lets members keep their partitions when another joins or leaves', async () => {
    const transport = embeddedBroker().transport();
    const topic = await newTopic(transport, 6);
    const a = await (await listening(transport, topic)).start();
    const b = await (await listening(transport, topic)).start();
    const c = await (await listening(transport, topic)).start();
    const last = (member: typeof a) => member.assigned.at(-1)!;
    expect([last(a).length, last(b).length, last(c).length]).toEqual([2, 2, 2]);
    expect(a.assigned[1]).toEqual(expect.arrayContaining([...last(a)]));
    expect(b.assigned[0]).toEqual(expect.arrayContaining([...last(b)]));
    const kept = last(a);
    await b.consumer.close();
    expect(last(a)).toEqual(expect.arrayContaining([...kept]));
    expect([...last(a), ...last(c)].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    await expect(b.consumer.commit(0, 1n)).rejects.toMatchObject({ code: 'CONNECTOR_FAILED' });
    await a.consumer.close();
    await c.consumer.close();
  });

  it('gives a partition away once the batch at work is done', async () => {
    const transport = embeddedBroker().transport();
    const topic = await newTopic(transport);
    await write(transport, topic, valued('a'));
    const first = await listening(transport, topic);
    let finish = (): void => {};
    first.onBatch = () =>
      new Promise((resolve) => {
        finish = () => {
          first.consumer.commit(0, 1n).then(resolve);
        };
      });
    await first.start();
    await eventually('the batch', () => first.batches.length === 1);
    const closing = first.consumer.close();
    const second = await listening(transport, topic);
    const starting = second.start();
    finish();
    await Promise.all([closing, starting]);
    await write(transport, topic, valued('b'));
    await eventually('the next record', () => second.records.length === 1);
    expect(placed(second.records)).toEqual(['1: b']);
    await second.consumer.close();
  });
});
