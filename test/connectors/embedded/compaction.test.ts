import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EmbeddedBroker, type EmbeddedBrokerOptions, embeddedBroker } from '../../../connectors/embedded/index.ts';
import type { OutgoingRecord } from '../../../connectors/kafka/index.ts';
import { newTopic, placed, readAll } from '../../checks/transport-harness.ts';
import { crashed, testFolder } from './broker-directory.ts';

const folder = testFolder();
let directories = 0;

/** A broker of each kind. */
const KINDS: readonly (readonly [kind: string, options: () => EmbeddedBrokerOptions])[] = [
  ['in memory', () => ({})],
  ['in a directory', () => ({ directory: join(folder, String(directories++)), segmentBytes: 1024 })],
];

function keyed(...pairs: readonly (readonly [key: string, value: string | null])[]): OutgoingRecord[] {
  return pairs.map(([key, value]) => ({ key, value }));
}

const COMPACTED = { 'cleanup.policy': 'compact', 'delete.retention.ms': '1000' };

describe.each(KINDS)('Compaction of a broker %s', (_, options) => {
  async function opened(more: EmbeddedBrokerOptions = {}, config: Readonly<Record<string, string>> = COMPACTED) {
    let now = 5000;
    const clock = { now: () => now };
    const broker = embeddedBroker({ ...options(), clock, ...more });
    const transport = broker.transport();
    const topic = await newTopic(transport, 1, config);
    const producer = await transport.producer();
    return { broker, transport, topic, producer, pass: (ms: number) => (now += ms) };
  }

  const read = async (broker: EmbeddedBroker, topic: string) => placed(await readAll(broker.transport(), topic));

  it('keeps the last record of each key, at its offset', async () => {
    const { broker, topic, producer } = await opened();
    await producer.send(topic, 0, keyed(['a', '1'], ['b', '1'], ['a', '2']));
    await producer.send(topic, 0, keyed(['c', '1'], ['b', '2']));
    broker.compact(topic);
    expect(await read(broker, topic)).toEqual(['2: 2', '3: 1', '4: 2']);
    expect(await producer.send(topic, 0, keyed(['a', '3']))).toBe(5n);
    broker.compact(topic);
    broker.compact(topic);
    expect(await read(broker, topic)).toEqual(['3: 1', '4: 2', '5: 3']);
    await broker.close();
  });

  it('drops a tombstone once it is older than `delete.retention.ms`, and keeps the end of the partition', async () => {
    const { broker, topic, producer, pass } = await opened();
    await producer.send(topic, 0, keyed(['a', '1'], ['a', null]));
    broker.compact(topic);
    expect(await read(broker, topic)).toEqual(['1: null']);
    pass(1001);
    broker.compact(topic);
    expect(await read(broker, topic)).toEqual([]);
    expect(await producer.send(topic, 0, keyed(['b', '1']))).toBe(2n);
    await broker.close();
  });

  it('takes what is committed, drops what is aborted and leaves all behind an open transaction', async () => {
    const { broker, transport, topic, producer } = await opened();
    const [first, second] = [
      await transport.transactional({ transactionalId: 'first' }),
      await transport.transactional({ transactionalId: 'second' }),
    ];
    await first.begin();
    await first.send(topic, 0, keyed(['a', '1'])); // 0, its end 1
    await first.commit();
    await first.begin();
    await first.send(topic, 0, keyed(['a', 'aborted'])); // 2, its end 3
    await first.abort();
    await producer.send(topic, 0, keyed(['b', '1'], ['b', '2'])); // 4, 5
    await second.begin();
    await second.send(topic, 0, keyed(['b', '3'])); // 6
    await producer.send(topic, 0, keyed(['a', '2'], ['a', '3'])); // 7, 8
    broker.compact(topic);
    expect(await read(broker, topic)).toEqual(['0: 1', '5: 2']);
    await second.commit();
    expect(await read(broker, topic)).toEqual(['0: 1', '5: 2', '6: 3', '7: 2', '8: 3']);
    broker.compact(topic);
    expect(await read(broker, topic)).toEqual(['6: 3', '8: 3']);
    await broker.close();
  });

  it('begins by itself when enough bytes have come', async () => {
    const { broker, topic, producer } = await opened({ compactDirtyBytes: 2000 });
    for (let i = 0; i < 500; i++) await producer.send(topic, 0, keyed(['a', String(i)]));
    const values = await read(broker, topic);
    expect(values.length).toBeLessThan(40);
    expect(values.at(-1)).toBe('499: 499');
    await broker.close();
  });

  it('does not begin for a topic that keeps everything', async () => {
    const { broker, topic, producer } = await opened({ compactDirtyBytes: 1 }, {});
    await producer.send(topic, 0, keyed(['a', '1'], ['a', '2']));
    expect(await read(broker, topic)).toEqual(['0: 1', '1: 2']);
    expect(() => broker.compact(topic)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    await broker.close();
  });

  it('leaves of `retention.bytes` about that, the oldest gone first', async () => {
    const { broker, transport, topic, producer } = await opened({}, { 'retention.bytes': '1000' });
    for (let i = 0; i < 100; i++) await producer.send(topic, 0, keyed(['a', String(i)]));
    const admin = await transport.admin();
    const [{ low, high } = { low: 0n, high: 0n }] = await admin.offsets(topic);
    expect(high).toBe(100n);
    expect(Number(high - low)).toBeGreaterThanOrEqual(1000 / 80);
    expect(Number(high - low)).toBeLessThanOrEqual(1000 / 60 + 1);
    await broker.close();
  });
});

describe('A compacted directory', () => {
  it('is as it was when it is opened again, also with a transaction that was open', async () => {
    const directory = join(folder, 'reopened');
    const broker = embeddedBroker({ directory, segmentBytes: 1024 });
    const transport = broker.transport();
    const topic = await newTopic(transport, 1, { 'cleanup.policy': 'compact' });
    const producer = await transport.producer();
    const transactional = await transport.transactional({ transactionalId: 't' });
    for (let i = 0; i < 50; i++) {
      await transactional.begin();
      await transactional.send(topic, 0, keyed([`k${i % 3}`, String(i)]));
      await transactional.commit();
    }
    await transactional.begin();
    await transactional.send(topic, 0, keyed(['k0', 'open']));
    await producer.send(topic, 0, keyed(['k1', 'behind']));
    broker.compact(topic);
    const again = embeddedBroker({ directory: crashed(directory, `${directory}-crashed`) });
    expect(again.repairs).toEqual([]);
    const opened = again.transport();
    expect(placed(await readAll(opened, topic))).toEqual(['94: 47', '96: 48', '98: 49', '101: behind']);
    again.compact(topic);
    expect(placed(await readAll(opened, topic))).toEqual(['94: 47', '96: 48', '101: behind']);
    await again.close();
    await broker.close();
  });
});
