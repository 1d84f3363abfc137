import { describe, expect, it } from 'vitest';
import {
  type EmbeddedBroker,
  embeddedBroker,
  type KafkaTransport,
  TransactionError,
} from '../../../connectors/index.ts';
import { CheckpointWriter } from '../../../pipeline/checkpoint/index.ts';
import { describeState, type ResetStateOptions, requirePipeline, resetState } from '../../../pipeline/index.ts';

const CONFIG = requirePipeline(
  `name: p
source: { kafka: { brokers: ["a:1"], topic: in, groupId: g, format: json, values: [v] } }
head: { anomaly: {} }
sink: { kafka: { topic: out } }
`,
  'p.yaml',
);
const TOPICS = { state: 'g.state', snapshots: 'g.snapshots' };

/** A broker whose input of two partitions has 20 records each, the first committed at 10 with a stream and its state. */
async function prepared(): Promise<{ broker: EmbeddedBroker; transport: KafkaTransport }> {
  const broker = embeddedBroker();
  const transport = broker.transport();
  const admin = await transport.admin();
  const compact = { config: { 'cleanup.policy': 'compact' } };
  const own = [TOPICS.state, TOPICS.snapshots].map((topic) => ({ topic, partitions: 2, ...compact }));
  await admin.createTopics([{ topic: 'in', partitions: 2 }, ...own]);
  const producer = await transport.producer();
  const records = Array.from({ length: 20 }, (_, i) => ({ key: 'k', value: `{"v":${i}}` }));
  for (const partition of [0, 1]) await producer.send('in', partition, records);
  await producer.close();
  const owner = await transport.transactional({ transactionalId: 'p.g.in.0' });
  await owner.begin();
  const writer = new CheckpointWriter({ partition: 0, topics: TOPICS, maxChunkBytes: 4 });
  const stream = { streamId: 'k', openedAt: 2n, offset: 10n, nextSample: 8, digest: 5, lastSeenMs: 9 };
  const snapshot = { streamId: 'k', openedAt: 2n, offset: 10n, digest: 5, bytes: new Uint8Array(10).fill(7) };
  const contents = {
    partition: { offset: 10n, streamTimeMs: 9 },
    streams: [stream],
    closed: [],
    snapshots: [snapshot],
  };
  await writer.prepare(contents).write((topic, at, sent) => owner.send(topic, at, sent));
  await owner.sendOffset({ groupId: 'g', topic: 'in', partition: 0, offset: 10n });
  await owner.commit();
  await owner.close();
  return { broker, transport };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const described = (transport: KafkaTransport) => all(describeState(CONFIG, { transport }));
const reset = (transport: KafkaTransport, options: Partial<ResetStateOptions> = {}) =>
  all(resetState(CONFIG, { to: 'committed', dryRun: false, ...options, transport }));

describe('describeState', () => {
  it('tells what is there of each partition and stream', async () => {
    const { transport } = await prepared();
    const [first, second] = await described(transport);
    expect(first?.report).toEqual({
      ...{ partition: 0, committed: '10', progress: '10', lag: '10', streams: 1, snapshotBytes: 10 },
      ...{ readsFrom: '10', low: '0', fault: null, damaged: 0 },
    });
    expect(first?.streams).toEqual([
      {
        ...{ partition: 0, streamId: 'k', openedAt: '2', offset: '10', nextSample: 8, digest: 5, lastSeenMs: 9 },
        snapshots: [{ offset: '10', slot: 0, bytes: 10, chunks: 3 }],
      },
    ]);
    expect(second?.report).toMatchObject({ committed: null, progress: null, lag: '20', streams: 0, fault: null });
  });

  it('names what a run would refuse', async () => {
    const { broker, transport } = await prepared();
    broker.trim('in', 0, 15n);
    expect((await described(transport))[0]?.report.fault).toBe('INPUT_EXPIRED');
    const owner = await transport.transactional({ transactionalId: 'somebody' });
    await owner.begin();
    await owner.sendOffset({ groupId: 'g', topic: 'in', partition: 0, offset: 17n });
    await owner.commit();
    expect((await described(transport))[0]?.report.fault).toBe('CHECKPOINT_MISMATCH');
  });

  it('says which partition is none', async () => {
    const { transport } = await prepared();
    const asked = all(describeState(CONFIG, { partition: 2, transport }));
    await expect(asked).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('got 2') });
  });
});

describe('resetState', () => {
  it('forgets the streams, keeps the offset, and leaves no record of them in either topic', async () => {
    const { broker, transport } = await prepared();
    expect(await reset(transport)).toEqual([
      { partition: 0, streams: 1, from: '10', to: '10' },
      { partition: 1, streams: 0, from: null, to: '0' },
    ]);
    const [first] = await described(transport);
    expect(first?.report).toMatchObject({ committed: '10', progress: '10', streams: 0, fault: null, damaged: 0 });
    for (const topic of [TOPICS.state, TOPICS.snapshots]) broker.compact(topic);
    const reader = await transport.reader({ topics: [TOPICS.state, TOPICS.snapshots], groupId: 'test' });
    const left: string[] = [];
    const admin = await transport.admin();
    for (const topic of [TOPICS.state, TOPICS.snapshots]) {
      const { low: from, high: to } = (await admin.offsets(topic))[0]!;
      for await (const batch of reader.read({ topic, partition: 0, from, to })) {
        left.push(...batch.filter(({ value }) => value !== null).map(({ key }) => Buffer.from(key!).toString()));
      }
    }
    expect(left).toEqual(['p']);
  });

  it.each([
    ['earliest', 3n, '3'],
    ['latest', 3n, '20'],
    [12n, 3n, '12'],
    ['committed', 15n, '15'],
  ] as const)('goes to %s of an input that begins at %s', async (to, low, expected) => {
    const { broker, transport } = await prepared();
    broker.trim('in', 0, low);
    expect(await reset(transport, { to, partition: 0 })).toEqual([
      { partition: 0, streams: 1, from: '10', to: expected },
    ]);
    expect((await described(transport))[0]?.report).toMatchObject({
      committed: expected,
      progress: expected,
      fault: null,
    });
  });

  it('refuses an offset that the input does not hold, and changes nothing', async () => {
    const { transport } = await prepared();
    await expect(reset(transport, { to: 21n })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('0..20'),
    });
    expect((await described(transport))[0]?.report).toMatchObject({ committed: '10', streams: 1 });
  });

  it('changes nothing where it is only to say what it would do', async () => {
    const { transport } = await prepared();
    expect(await reset(transport, { to: 'latest', dryRun: true })).toMatchObject([
      { streams: 1, to: '20' },
      { to: '20' },
    ]);
    expect((await described(transport))[0]?.report).toMatchObject({ committed: '10', streams: 1 });
  });

  it('makes the topics of the state where they are gone, and writes the progress that a run asks for', async () => {
    const broker = embeddedBroker();
    const transport = broker.transport();
    const admin = await transport.admin();
    await admin.createTopics([{ topic: 'in', partitions: 1 }]);
    const producer = await transport.producer();
    await producer.send('in', 0, [{ key: 'k', value: '{"v":1}' }]);
    await producer.close();
    const owner = await transport.transactional({ transactionalId: 'another' });
    await owner.begin();
    await owner.sendOffset({ groupId: 'g', topic: 'in', partition: 0, offset: 1n });
    await owner.commit();
    await owner.close();
    const reports = async () => (await described(transport)).map(({ report }) => report);
    expect(await reports()).toMatchObject([{ committed: '1', progress: null, fault: 'CHECKPOINT_MISMATCH' }]);
    await reset(transport, { dryRun: true });
    expect((await admin.partitionCounts([TOPICS.state])).size).toBe(0);
    await reset(transport);
    expect(await reports()).toMatchObject([{ committed: '1', progress: '1', fault: null }]);
  });

  it('refuses while the group has members', async () => {
    const { transport } = await prepared();
    const limits = { maxBytesPerPartition: 1000, maxBytesPerFetch: 1000, sessionTimeoutMs: 1000, outageMs: 1000 };
    const consumer = await transport.consumer({ topic: 'in', groupId: 'g', startFrom: 'earliest', ...limits });
    await consumer.start({ onAssigned: () => {}, onBatch: () => undefined, onGone: () => {}, onFailed: () => {} });
    await expect(reset(transport)).rejects.toMatchObject({
      code: 'GROUP_ACTIVE',
      message: expect.stringContaining('got 1'),
    });
    await consumer.close();
    expect(await reset(transport)).toHaveLength(2);
  });

  it('fences a process that was stopped in the middle of a transaction', async () => {
    const { transport } = await prepared();
    const zombie = await transport.transactional({ transactionalId: 'p.g.in.0' });
    await zombie.begin();
    await zombie.sendOffset({ groupId: 'g', topic: 'in', partition: 0, offset: 19n });
    await reset(transport, { to: 'earliest' });
    const fault = await zombie.commit().catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(TransactionError);
    expect(fault).toMatchObject({ code: 'TRANSACTION_FENCED' });
    expect((await described(transport))[0]?.report).toMatchObject({ committed: '0', progress: '0' });
  });
});
