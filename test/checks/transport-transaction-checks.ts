import { expect, it } from 'vitest';
import type { KafkaTransport, TransactionalProducer } from '../../connectors/kafka/index.ts';
import { eventually } from './eventually.ts';
import {
  committedOf,
  ends,
  newTopic,
  placed,
  readRange,
  type TransportCase,
  valued,
  write,
} from './transport-harness.ts';

/** Transactions, their offsets and who may write. Brokers may show a commit a moment after they have answered it. */
export function checkTransactions({ open }: TransportCase): void {
  /** A topic and a producer whose transactional id is the topic's name. */
  async function opened(partitions = 1) {
    const transport = await open();
    const topic = await newTopic(transport, partitions);
    return { transport, topic, producer: await transport.transactional({ transactionalId: topic }) };
  }

  /** What is committed of partition 0 up to an offset, once all of it is decided. */
  async function readTo(transport: KafkaTransport, topic: string, to: bigint): Promise<string[]> {
    return placed(await readRange(transport, { topic, partition: 0, from: 0n, to }));
  }

  async function commitOf(producer: TransactionalProducer, topic: string, values: string[], partition = 0) {
    await producer.begin();
    const offset = await producer.send(topic, partition, valued(...values));
    await producer.commit();
    return offset;
  }

  it('shows a committed transaction whole, and its end takes an offset', async () => {
    const { transport, topic, producer } = await opened(2);
    await producer.begin();
    expect(await producer.send(topic, 0, valued('a', 'b'))).toBe(0n);
    expect(await producer.send(topic, 1, valued('x'))).toBe(0n);
    expect(await producer.send(topic, 0, valued('c'))).toBe(2n);
    await producer.commit();
    expect(await readTo(transport, topic, 4n)).toEqual(['0: a', '1: b', '2: c']);
    expect(placed(await readRange(transport, { topic, partition: 1, from: 0n, to: 2n }))).toEqual(['0: x']);
    expect([await ends(transport, topic), await ends(transport, topic, 1)]).toMatchObject([{ high: 4n }, { high: 2n }]);
    expect(await commitOf(producer, topic, ['d'])).toBe(4n);
    await producer.close();
  });

  it('never shows an aborted transaction, whose end takes an offset too', async () => {
    const { transport, topic, producer } = await opened();
    await producer.begin();
    await producer.send(topic, 0, valued('no', 'no'));
    await producer.abort();
    expect(await commitOf(producer, topic, ['yes'])).toBe(3n);
    expect(await readTo(transport, topic, 5n)).toEqual(['3: yes']);
    await producer.close();
  });

  it('hides all that lies behind an open transaction until it ends', async () => {
    const { transport, topic, producer } = await opened();
    await write(transport, topic, valued('before'));
    await producer.begin();
    await producer.send(topic, 0, valued('inside'));
    await write(transport, topic, valued('behind'));
    expect(await ends(transport, topic)).toEqual({ low: 0n, high: 1n });
    expect(placed(await readRange(transport, { topic, partition: 0, from: 0n, to: 1n }))).toEqual(['0: before']);
    let seen = false;
    const reading = readRange(transport, { topic, partition: 0, from: 1n, to: 3n }).then((records) => {
      seen = true;
      return placed(records);
    });
    await readRange(transport, { topic, partition: 0, from: 0n, to: 1n });
    expect(seen).toBe(false);
    await producer.commit();
    expect(await reading).toEqual(['1: inside', '2: behind']);
    await producer.close();
  });

  it('lets transactions of two producers pass each other on a partition', async () => {
    const { transport, topic, producer } = await opened();
    const other = await transport.transactional({ transactionalId: `${topic}-other` });
    await producer.begin();
    await other.begin();
    await producer.send(topic, 0, valued('first'));
    await other.send(topic, 0, valued('second'));
    await producer.send(topic, 0, valued('third'));
    await other.commit();
    await producer.abort();
    expect(await readTo(transport, topic, 5n)).toEqual(['1: second']);
    await producer.close();
    await other.close();
  });

  it('commits the offsets of a group with the records, or neither', async () => {
    const { transport, topic, producer } = await opened();
    const place = { groupId: `g-${topic}`, topic, partition: 0 };
    const committed = (): Promise<bigint | undefined> => committedOf(transport, place.groupId, topic);
    await producer.begin();
    await producer.send(topic, 0, valued('a'));
    await producer.sendOffset({ ...place, offset: 5n });
    expect(await committed()).toBeUndefined();
    await producer.abort();
    expect(await committed()).toBeUndefined();
    await producer.begin();
    await producer.sendOffset({ ...place, offset: 7n });
    await producer.sendOffset({ ...place, offset: 8n });
    await producer.commit();
    await eventually('the place to be seen', async () => (await committed()) === 8n);
    await producer.close();
  });

  it('writes nothing for a transaction with nothing in it', async () => {
    const { transport, topic, producer } = await opened();
    await producer.begin();
    expect(await producer.send(topic, 0, [])).toBe(-1n);
    await producer.commit();
    await producer.begin();
    await producer.abort();
    expect(await ends(transport, topic)).toEqual({ low: 0n, high: 0n });
    await producer.close();
  });

  it('gives a transactional id to its latest producer, and ends what the one before has left open', async () => {
    const { transport, topic, producer } = await opened();
    await producer.begin();
    await producer.send(topic, 0, valued('left open'));
    await producer.sendOffset({ groupId: `g-${topic}`, topic, partition: 0, offset: 1n });
    const next = await transport.transactional({ transactionalId: topic });
    expect(await commitOf(next, topic, ['taken over'])).toBe(2n);
    expect(await readTo(transport, topic, 4n)).toEqual(['2: taken over']);
    expect(await committedOf(transport, `g-${topic}`, topic)).toBeUndefined();
    const fenced = { fault: 'fenced', code: 'TRANSACTION_FENCED', retryable: false };
    await expect(producer.commit()).rejects.toMatchObject(fenced);
    await expect(producer.begin()).rejects.toMatchObject(fenced);
    await producer.close();
    expect(await commitOf(next, topic, ['goes on'])).toBe(4n);
    await next.close();
  });

  it('fences a producer that writes after it has lost its id', async () => {
    const { transport, topic, producer } = await opened();
    await commitOf(producer, topic, ['a']);
    const next = await transport.transactional({ transactionalId: topic });
    const writing = producer.begin().then(() => producer.send(topic, 0, valued('zombie')));
    await expect(writing).rejects.toMatchObject({ fault: 'fenced' });
    expect(await readTo(transport, topic, 2n)).toEqual(['0: a']);
    await producer.close();
    await next.close();
  });

  it('leaves an open transaction of a closed producer to the next one', async () => {
    const { transport, topic, producer } = await opened();
    await producer.begin();
    await producer.send(topic, 0, valued('left open'));
    await producer.close();
    await producer.close();
    await expect(producer.commit()).rejects.toMatchObject({ fault: 'fatal' });
    const next = await transport.transactional({ transactionalId: topic });
    expect(await readTo(transport, topic, 2n)).toEqual([]);
    await next.close();
  });

  it('aborts a transaction that takes longer than its time, and fences its producer', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    const producer = await transport.transactional({ transactionalId: topic, transactionTimeoutMs: 1000 });
    await producer.begin();
    await producer.send(topic, 0, valued('too slow'));
    expect(await readTo(transport, topic, 2n)).toEqual([]);
    await expect(producer.commit()).rejects.toMatchObject({ fault: 'fenced' });
    await producer.close();
  });

  it('ends a producer whose records are refused', async () => {
    const transport = await open();
    const topic = await newTopic(transport, 1, { 'max.message.bytes': '500' });
    const fatal = { fault: 'fatal', code: 'TRANSACTION_FATAL', retryable: false };
    const refuse = async (send: (producer: TransactionalProducer) => Promise<bigint>): Promise<void> => {
      const producer = await transport.transactional({ transactionalId: topic });
      await producer.begin();
      await producer.send(topic, 0, valued('small'));
      await expect(send(producer)).rejects.toMatchObject(fatal);
      await expect(producer.commit()).rejects.toMatchObject(fatal);
      await producer.close();
    };
    await refuse((producer) => producer.send(topic, 0, [{ key: null, value: new Uint8Array(500) }]));
    await refuse((producer) => producer.send(topic, 1, valued('no such partition')));
    await refuse((producer) => producer.send(`${topic}-not`, 0, valued('no such topic')));
    const next = await transport.transactional({ transactionalId: topic });
    await commitOf(next, topic, ['fits']);
    expect(await readTo(transport, topic, 8n)).toEqual(['6: fits']);
    await next.close();
  });

  it('asks for a transaction to be begun once, and before anything else', async () => {
    const { topic, producer } = await opened();
    const misused = { fault: 'fatal' };
    await expect(producer.send(topic, 0, valued('a'))).rejects.toMatchObject(misused);
    await expect(producer.commit()).rejects.toMatchObject(misused);
    await expect(producer.abort()).rejects.toMatchObject(misused);
    await producer.begin();
    await expect(producer.begin()).rejects.toMatchObject(misused);
    expect(await producer.send(topic, 0, valued('a'))).toBe(0n);
    await producer.commit();
    await producer.close();
  });

  it('checks the options of a producer', async () => {
    const transport: KafkaTransport = await open();
    const invalid = { code: 'CONFIG_INVALID' };
    await expect(transport.transactional({ transactionalId: '' })).rejects.toMatchObject(invalid);
    const late = transport.transactional({ transactionalId: 'a', transactionTimeoutMs: 999 });
    await expect(late).rejects.toMatchObject(invalid);
  });
}
