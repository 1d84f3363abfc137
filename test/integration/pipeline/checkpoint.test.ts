import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { ensureTopics, type KafkaTransport } from '../../../connectors/kafka/index.ts';
import { CheckpointWriter, checkpointTopics, loadCheckpoint } from '../../../pipeline/checkpoint/index.ts';
import { describeWithBroker, testTransport } from '../kafka/broker-setup.ts';

const PARTITION = 1;
const MEGABYTE = 1_000_000;
const STREAMS = ['pump|1', 'pump|2', 'pump|3'];

const progress = (streamId: string, offset: bigint) => ({
  ...{ streamId, openedAt: 0n, offset, nextSample: 5, digest: 7, lastSeenMs: 9 },
});
const stateAt = (streamId: string, offset: bigint, length: number) => ({
  ...{ streamId, openedAt: 0n, offset, digest: 7 },
  bytes: new Uint8Array(length).map((_, i) => (i * 31 + Number(offset)) ^ (i >> 8)),
});

describeWithBroker('a checkpoint in Kafka', () => {
  let transport: KafkaTransport;
  beforeAll(async () => {
    transport = await testTransport();
  });

  it('has the settings that its topics were asked for', async () => {
    const { specs } = checkpointTopics(`g-${randomUUID()}`, { partitions: 2 });
    await ensureTopics(transport, specs, { create: true });
    const admin = await transport.admin();
    const found = await admin.describeTopics(specs.map(({ topic }) => topic));
    await admin.close();
    for (const { topic, config = {} } of specs) {
      expect(found.get(topic)?.partitions).toBe(2);
      expect(Object.fromEntries(found.get(topic)?.config ?? [])).toMatchObject(config);
    }
  });

  it('is read back as it was committed: states of several megabytes, nothing of an aborted commit', async () => {
    const groupId = `g-${randomUUID()}`;
    const { topics, specs } = checkpointTopics(groupId, { partitions: 2 });
    await ensureTopics(transport, specs, { create: true });
    const producer = await transport.transactional({ transactionalId: groupId });
    const writer = new CheckpointWriter({ partition: PARTITION, topics });
    const write = async (offset: bigint, length: number, end: 'commit' | 'abort') => {
      const prepared = writer.prepare({
        partition: { offset, streamTimeMs: 3 },
        streams: STREAMS.map((id) => progress(id, offset)),
        closed: [],
        snapshots: STREAMS.map((id) => stateAt(id, offset, length)),
      });
      await producer.begin();
      await prepared.write((...request) => producer.send(...request));
      await producer[end]();
      if (end === 'commit') prepared.committed();
    };
    await write(10n, 2 * MEGABYTE, 'commit');
    await write(20n, 3 * MEGABYTE, 'commit');
    await write(30n, 4 * MEGABYTE, 'abort');
    await producer.close();
    const admin = await transport.admin();
    const reader = await transport.reader({ topics: [topics.state, topics.snapshots], groupId });
    const checkpoint = await loadCheckpoint({ admin, reader, partition: PARTITION, topics, committedOffset: 20n });
    const found = new Map<string, Uint8Array | undefined>();
    for await (const { streamId, bytes } of checkpoint.snapshots()) found.set(streamId, bytes);
    await reader.close();
    await admin.close();
    expect(checkpoint.faults).toEqual([]);
    expect(checkpoint.partition).toEqual({ offset: 20n, streamTimeMs: 3 });
    for (const id of STREAMS) {
      expect(checkpoint.streams.get(id)?.progress).toEqual(progress(id, 20n));
      expect(Buffer.from(found.get(id) ?? []).equals(stateAt(id, 20n, 3 * MEGABYTE).bytes)).toBe(true);
    }
  });
});
