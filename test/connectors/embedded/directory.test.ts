import { copyFileSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { embeddedBroker } from '../../../connectors/embedded/index.ts';
import { committedOf, ends, newTopic, placed, readAll, valued, write } from '../../checks/transport-harness.ts';
import { crashed, testFolder } from './broker-directory.ts';

const folder = testFolder();
const fresh = (name: string): string => join(folder, name);

describe('An embedded broker in a directory', () => {
  it('has everything again when it is opened anew', async () => {
    const directory = fresh('again');
    const first = embeddedBroker({ directory, segmentBytes: 1024 });
    const transport = first.transport();
    const topic = await newTopic(transport, 2, { 'max.message.bytes': '5000' });
    for (let i = 0; i < 40; i++) await write(transport, topic, valued(`value ${i}`));
    const consumer = await transport.transactional({ transactionalId: 't' });
    await consumer.begin();
    await consumer.send(topic, 1, [{ key: null, value: null, headers: { h: 'x' }, timestampMs: 5 }]);
    await consumer.sendOffset({ groupId: 'g', topic, partition: 0, offset: 7n });
    await consumer.commit();
    first.trim(topic, 0, 30n);
    await first.close();
    expect(readdirSync(join(directory, 'topics', topic, '0')).length).toBeGreaterThan(1);

    const second = embeddedBroker({ directory });
    const again = second.transport();
    expect(second.repairs).toEqual([]);
    expect(await ends(again, topic)).toEqual({ low: 30n, high: 40n });
    expect(placed(await readAll(again, topic))).toEqual(
      Array.from({ length: 10 }, (_, i) => `${i + 30}: value ${i + 30}`),
    );
    expect(await ends(again, topic, 1)).toEqual({ low: 0n, high: 2n });
    expect(await committedOf(again, 'g', topic)).toBe(7n);
    const admin = await again.admin();
    expect((await admin.describeTopics([topic])).get(topic)!.config.get('max.message.bytes')).toBe('5000');
    expect(await write(again, topic, valued('more'))).toBe(40n);
    await second.close();
  });

  it('removes the files of what is trimmed', async () => {
    const directory = fresh('trimmed');
    const broker = embeddedBroker({ directory, segmentBytes: 1024 });
    const transport = broker.transport();
    const topic = await newTopic(transport);
    for (let i = 0; i < 100; i++) await write(transport, topic, valued(`value ${i}`));
    const files = () => readdirSync(join(directory, 'topics', topic, '0')).length;
    expect(files()).toBeGreaterThan(5);
    broker.trim(topic, 0, 100n);
    expect(files()).toBe(1);
    expect(await write(transport, topic, valued('next'))).toBe(100n);
    expect(placed(await readAll(transport, topic))).toEqual(['100: next']);
    await broker.close();
  });

  it('aborts what was open when its process ended, and goes on', async () => {
    const directory = fresh('open');
    const broker = embeddedBroker({ directory });
    const topic = await newTopic(broker.transport());
    const producer = await broker.transport().transactional({ transactionalId: 't' });
    await producer.begin();
    await producer.send(topic, 0, valued('open'));
    const second = embeddedBroker({ directory: crashed(directory, fresh('open-crashed')) });
    expect(second.repairs).toEqual([]);
    expect(await ends(second.transport(), topic)).toEqual({ low: 0n, high: 2n });
    expect(await readAll(second.transport(), topic)).toEqual([]);
    await second.close();
    await broker.close();
  });

  it('is held by one broker at a time, and free again after it', async () => {
    const directory = fresh('held');
    const broker = embeddedBroker({ directory });
    expect(() => embeddedBroker({ directory })).toThrow(
      expect.objectContaining({ code: 'CONNECTOR_FAILED', message: expect.stringContaining(`process ${process.pid}`) }),
    );
    await broker.close();
    await embeddedBroker({ directory }).close();
  });

  it.each([
    ['ended', '999999999 ? 00'],
    ['had the number of this one', `${process.pid} 1 00`],
    ['wrote no more than a part of its lock', ''],
  ])('is taken over from a process that %s', async (_, lock) => {
    const directory = fresh('stale');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'lock'), lock);
    const broker = embeddedBroker({ directory });
    expect(() => embeddedBroker({ directory })).toThrow(expect.objectContaining({ code: 'CONNECTOR_FAILED' }));
    await broker.close();
    expect(readdirSync(directory)).not.toContain('lock');
  });

  it('leaves a directory alone that holds something else', () => {
    const directory = fresh('foreign');
    mkdirSync(directory);
    writeFileSync(join(directory, 'thesis.txt'), 'mine');
    expect(() => embeddedBroker({ directory })).toThrow(
      expect.objectContaining({ message: expect.stringContaining('thesis.txt') }),
    );
    expect(readdirSync(directory)).toEqual(['thesis.txt']);
  });

  it('refuses a directory whose place is a file', () => {
    writeFileSync(fresh('file'), '');
    expect(() => embeddedBroker({ directory: fresh('file') })).toThrow(
      expect.objectContaining({ code: 'CONNECTOR_FAILED' }),
    );
  });

  it('keeps of a topic without a definition its partitions and records', async () => {
    const directory = fresh('undefined');
    const broker = embeddedBroker({ directory });
    const topic = await newTopic(broker.transport(), 3, { 'cleanup.policy': 'compact' });
    await write(broker.transport(), topic, valued('a'));
    await broker.close();
    truncateSync(join(directory, 'topics', topic, 'topic'), 20);
    const again = embeddedBroker({ directory });
    expect(again.repairs).toEqual([expect.stringContaining(`topic ${topic} has lost its definition`)]);
    const described = (await (await again.transport().admin()).describeTopics([topic])).get(topic)!;
    expect([described.partitions, described.config.get('cleanup.policy')]).toEqual([3, 'delete']);
    expect(placed(await readAll(again.transport(), topic))).toEqual(['0: a']);
    await again.close();
  });

  it('does not put a group behind the end of a partition that has lost records, also once it has grown again', async () => {
    const directory = fresh('clamped');
    const broker = embeddedBroker({ directory });
    const transport = broker.transport();
    const topic = await newTopic(transport);
    for (const value of ['a', 'b', 'c']) await write(transport, topic, valued(value));
    const consumer = await transport.consumer({
      topic,
      groupId: 'g',
      startFrom: 'earliest',
      maxBytesPerPartition: 1e6,
      maxBytesPerFetch: 1e6,
      sessionTimeoutMs: 6000,
      outageMs: 0,
    });
    await consumer.start({ onAssigned: () => {}, onBatch: () => undefined, onGone: () => {}, onFailed: () => {} });
    await consumer.commit(0, 3n);
    await consumer.close();
    await broker.close();
    truncateSync(join(directory, 'topics', topic, '0', '00000000000000000000.log'), 100);
    const second = embeddedBroker({ directory });
    expect(second.repairs).toEqual([expect.stringContaining('was cut at byte')]);
    expect(await committedOf(second.transport(), 'g', topic)).toBe(1n);
    for (const value of ['d', 'e', 'f']) await write(second.transport(), topic, valued(value));
    await second.close();
    const third = embeddedBroker({ directory });
    expect(await committedOf(third.transport(), 'g', topic)).toBe(1n);
    await third.close();
  });
});

describe('The journal of a directory', () => {
  /** Transactions of one record to topic `t` each, numbered from `from`. */
  async function commits(directory: string, from: number, count: number): Promise<void> {
    const broker = embeddedBroker({ directory, journalBytes: 1024 });
    const transport = broker.transport();
    await (await transport.admin()).createTopics([{ topic: 't' }]);
    const producer = await transport.transactional({ transactionalId: 'p' });
    for (let i = from; i < from + count; i++) {
      await producer.begin();
      await producer.send('t', 0, valued(String(i)));
      await producer.sendOffset({ groupId: 'g', topic: 't', partition: 0, offset: BigInt(2 * i + 1) });
      await producer.commit();
    }
    await broker.close();
  }

  const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${2 * i}: ${i}`);

  async function expectCommits(directory: string, count: number): Promise<void> {
    const broker = embeddedBroker({ directory });
    expect(placed(await readAll(broker.transport(), 't'))).toEqual(numbers(count));
    expect(await committedOf(broker.transport(), 'g', 't')).toBe(BigInt(2 * count - 1));
    await broker.close();
  }

  it('is begun anew now and then, and nothing of what it told is lost', async () => {
    const directory = fresh('checkpoints');
    await commits(directory, 0, 50);
    expect(readdirSync(directory).filter((name) => /^(journal|checkpoint)/.test(name)).length).toBe(2);
    expect(readdirSync(directory)).not.toContain('journal-0');
    await expectCommits(directory, 50);
    await commits(directory, 50, 50);
    await expectCommits(directory, 100);
  });

  it('keeps what was rolled back out of sight after it is begun anew', async () => {
    const directory = fresh('rolled-back');
    await commits(directory, 0, 1);
    const journal = join(directory, 'journal-0');
    copyFileSync(journal, fresh('early-journal'));
    await commits(directory, 1, 2);
    copyFileSync(fresh('early-journal'), journal); // the markers of the two are there, their commits are lost
    await expectCommits(directory, 1);
    for (let round = 0; round < 3; round++) await commits(directory, 3, 10);
    expect(readdirSync(directory)).toContain('checkpoint');
    const broker = embeddedBroker({ directory });
    const values = placed(await readAll(broker.transport(), 't')).map((place) => place.split(': ')[1]);
    expect(values.slice(0, 2)).toEqual(['0', '3']);
    expect(values.length).toBe(31);
    await broker.close();
  });

  it('refuses to open where records are damaged that a checkpoint has seen, or the checkpoint itself', async () => {
    const directory = fresh('damaged');
    await commits(directory, 0, 50);
    const records = crashed(directory, fresh('damaged-records'));
    truncateSync(join(records, 'topics', 't', '0', '00000000000000000000.log'), 500);
    const refused = (what: string) =>
      expect.objectContaining({ code: 'CONNECTOR_FAILED', message: expect.stringContaining(what) });
    expect(() => embeddedBroker({ directory: records })).toThrow(refused('topic t, partition 0'));
    const checkpoint = crashed(directory, fresh('damaged-checkpoint'));
    truncateSync(join(checkpoint, 'checkpoint'), 100);
    expect(() => embeddedBroker({ directory: checkpoint })).toThrow(refused('checkpoint'));
  });
});
