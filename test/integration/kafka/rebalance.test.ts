import { Kafka, logLevel } from 'kafkajs';
import { expect, it } from 'vitest';
import type { KafkaSourceHandler } from '../../../connectors/kafka/index.ts';
import { describeWithBroker, eventually, freshTopic, testBrokers, testTransport } from './broker-setup.ts';
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

  it('moves no partition but those that a member takes when it joins, and gives back when it leaves', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport, 6);
    const options = { transport, topic, groupId: `g-${topic}` };
    const members = [0, 1, 2].map(() => {
      const held = new Set<number>();
      let changes = 0;
      const handler: KafkaSourceHandler = {
        onAssigned: (partition) => {
          held.add(partition);
          changes++;
        },
        onRevoked: (partition) => {
          held.delete(partition);
          changes++;
        },
        onRecords: async () => {},
      };
      return { held, handler, changes: () => changes };
    });
    const sizes = (): number[] => members.map(({ held }) => held.size);
    const [first, second, third] = members;
    const runningFirst = running(options, first!.handler);
    await eventually('all for the first', () => sizes().join() === '6,0,0');
    const runningSecond = running(options, second!.handler);
    await eventually('half for the second', () => sizes().join() === '3,3,0');
    expect(first!.changes()).toBe(6 + 3);
    const before = [...first!.held, ...second!.held];
    const runningThird = running(options, third!.handler);
    await eventually('a third for each', () => sizes().join() === '2,2,2');
    expect([first!.changes(), second!.changes()]).toEqual([9 + 1, 3 + 1]);
    await runningThird.stop();
    await eventually('half for each', () => sizes().join() === '3,3,0');
    expect([...first!.held, ...second!.held].toSorted()).toEqual(before.toSorted());
    expect([first!.changes(), second!.changes()]).toEqual([10 + 1, 4 + 1]);
    await Promise.all([runningFirst.stop(), runningSecond.stop()]);
  });

  it('shares its partitions with a member that knows round robin only', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport, 4);
    const options = { transport, topic, groupId: `g-${topic}` };
    const older = new Kafka({ brokers: testBrokers().split(','), logLevel: logLevel.NOTHING });
    const consumer = older.consumer({ groupId: options.groupId, maxWaitTimeInMs: 100, heartbeatInterval: 100 });
    let theirs: readonly number[] = [];
    let protocol = '';
    consumer.on('consumer.group_join', ({ payload }) => {
      theirs = payload.memberAssignment[topic] ?? [];
      protocol = payload.groupProtocol;
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    await consumer.run({ eachMessage: async () => {} });
    const ours = new Set<number>();
    const source = running(options, {
      onAssigned: (partition) => void ours.add(partition),
      onRevoked: (partition) => void ours.delete(partition),
      onRecords: async () => {},
    });
    await eventually('two for each', () => ours.size === 2 && theirs.length === 2);
    expect([...ours, ...theirs].toSorted()).toEqual([0, 1, 2, 3]);
    expect(protocol).toBe('RoundRobinAssigner');
    await consumer.disconnect();
    await eventually('all for us', () => ours.size === 4);
    await source.stop();
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
