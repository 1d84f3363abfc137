import { expect, it } from 'vitest';
import type { KafkaSourceHandler } from '../../../connectors/kafka/index.ts';
import { describeWithBroker, eventually, freshTopic, testTransport } from './broker-setup.ts';
import { committed, numbered, produce, running, text, texts } from './harness.ts';

/** Notes all that a source tells, in order. */
function recorder() {
  const calls: string[] = [];
  const values: string[][] = [[], []];
  const handler: KafkaSourceHandler = {
    onAssigned: (partition, offset) => {
      calls.push(`assigned ${partition} at ${offset}`);
    },
    onRevoked: (partition) => {
      calls.push(`revoked ${partition}`);
    },
    onRecords: async ({ partition, records }) => {
      values[partition]!.push(...records.map(({ value }) => text(value)));
    },
  };
  const count = (): number => values[0]!.length + values[1]!.length;
  return { calls, values, handler, count };
}

describeWithBroker('Kafka consumer group', () => {
  it('shares the partitions with a second member and takes them back without loss or repetition', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport, 2);
    const options = { transport, topic, groupId: `g-${topic}` };
    const [a, b] = [recorder(), recorder()];
    const first = running(options, a.handler);
    await produce(transport, topic, numbered(100, 2));
    await eventually('the first 100 records', () => a.count() === 100);
    expect(a.calls.toSorted()).toEqual(['assigned 0 at undefined', 'assigned 1 at undefined']);

    const second = running(options, b.handler);
    await eventually('a partition for the second member', () => b.calls.length === 1 && a.calls.length === 3);
    const moved = Number(a.calls[2]!.replace('revoked ', ''));
    expect(b.calls).toEqual([`assigned ${moved} at 50`]);
    await produce(transport, topic, numbered(100, 2));
    await eventually('the next 100 records', () => a.count() === 150 && b.count() === 50);

    await second.stop();
    await eventually('the partition to come back', () => a.calls.length === 4);
    expect(a.calls[3]).toBe(`assigned ${moved} at 100`);
    expect(b.calls[1]).toBe(`revoked ${moved}`);
    await produce(transport, topic, numbered(100, 2));
    await eventually('the last 100 records', () => a.count() === 250);
    await first.stop();

    const each = (partition: number) => texts(0, 100).filter((_, i) => i % 2 === partition);
    const kept = 1 - moved;
    expect(a.values[kept]).toEqual([...each(kept), ...each(kept), ...each(kept)]);
    expect(a.values[moved]).toEqual([...each(moved), ...each(moved)]);
    expect(b.values[moved]).toEqual(each(moved));
    expect(await committed(transport, topic, options.groupId)).toEqual([150n, 150n]);
  });

  it('keeps its place in the group while a handler takes longer than the session time-out', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport, 2);
    const options = { transport, topic, groupId: `g-${topic}`, sessionTimeoutMs: 6000 };
    const { calls, values, handler } = recorder();
    let slowSince = 0;
    const source = running(options, {
      ...handler,
      onRecords: async (batch) => {
        if (batch.partition === 0 && slowSince === 0) {
          slowSince = performance.now();
          await eventually('the session time-out to be over', () => performance.now() - slowSince > 7500);
        }
        await handler.onRecords(batch);
      },
    });
    await produce(transport, topic, numbered(2, 2));
    await eventually('the slow handler', () => slowSince > 0);
    await produce(transport, topic, numbered(20, 2));
    await eventually('the other partition to go on meanwhile', () => values[1]!.length === 11);
    expect(values[0]).toEqual([]);
    await eventually('the slow partition', () => values[0]!.length === 11);
    await source.stop();
    expect(calls.filter((call) => call.startsWith('assigned')).length).toBe(2);
    expect(await committed(transport, topic, options.groupId)).toEqual([11n, 11n]);
  });
});
