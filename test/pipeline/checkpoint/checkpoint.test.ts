import { describe, expect, it } from 'vitest';
import type { OutgoingRecord } from '../../../connectors/index.ts';
import { type CheckpointWriter, type CommitContents, checkpointTopics } from '../../../pipeline/checkpoint/index.ts';
import { FakeLog, PARTITION } from './fake-log.ts';
import { commitOf, load, progress, snapshotsOf, stateAt, TOPICS, writerOf } from './written-checkpoint.ts';

async function write(log: FakeLog, writer: CheckpointWriter, contents: CommitContents): Promise<void> {
  const prepared = writer.prepare(contents);
  const transaction = log.begin();
  await prepared.write(transaction.send);
  transaction.commit();
  prepared.committed();
}

const A1 = progress('a', 2n, 10n);
const A2 = progress('a', 2n, 20n);
const A3 = progress('a', 2n, 30n);
const B1 = progress('b|1', 5n, 9n);

describe('a checkpoint', () => {
  it('is empty where nothing was written', async () => {
    const log = new FakeLog();
    const checkpoint = await load(log, 0n);
    expect(await snapshotsOf(checkpoint)).toEqual([]);
    expect([checkpoint.partition, checkpoint.faults, log.reads]).toEqual([undefined, [], []]);
  });

  it('has the progress of the partition and of its streams, and the newest state of each', async () => {
    const log = new FakeLog();
    const writer = writerOf();
    await write(log, writer, commitOf(10n, [A1, B1], { snapshots: [stateAt(A1, 25), stateAt(B1, 4)] }));
    await write(log, writer, commitOf(20n, [A2], { snapshots: [stateAt(A2, 31)] }));
    await write(log, writer, commitOf(30n, [A3]));
    const checkpoint = await load(log, 30n);
    expect(checkpoint.partition).toEqual({ offset: 30n, streamTimeMs: 30 });
    expect(checkpoint.streams.get('a')).toMatchObject({ openedAt: 2n, progress: A3 });
    expect(checkpoint.streams.get('b|1')).toMatchObject({ openedAt: 5n, progress: B1 });
    expect(await snapshotsOf(checkpoint)).toMatchObject([
      { streamId: 'b|1', manifest: { offset: 9n, chunks: 1, slot: 0 }, bytes: stateAt(B1, 4).bytes },
      { streamId: 'a', manifest: { offset: 20n, chunks: 4, slot: 1, digest: A2.digest }, bytes: stateAt(A2, 31).bytes },
    ]);
    expect(checkpoint.faults).toEqual([]);
  });

  it('keeps a time before the first record', async () => {
    const log = new FakeLog();
    const contents = { ...commitOf(1n, []), partition: { offset: 1n, streamTimeMs: Number.NEGATIVE_INFINITY } };
    await write(log, writerOf(), contents);
    expect((await load(log, 1n)).partition).toEqual(contents.partition);
  });

  it('gives a stream without a state the place where it begins', async () => {
    const log = new FakeLog();
    await write(log, writerOf(), commitOf(10n, [A1]));
    const checkpoint = await load(log, 10n);
    expect(await snapshotsOf(checkpoint)).toMatchObject([{ streamId: 'a', entry: { openedAt: 2n }, bytes: undefined }]);
    expect(checkpoint.faults).toEqual([]);
  });

  it('of a stream that ended holds nothing, and no key of it stays', async () => {
    const log = new FakeLog();
    const writer = writerOf();
    await write(log, writer, commitOf(10n, [A1, B1], { snapshots: [stateAt(A1, 95), stateAt(B1, 4)] }));
    await write(log, writer, commitOf(20n, [A2], { snapshots: [stateAt(A2, 31)] }));
    await write(log, writer, commitOf(30n, [A3], { snapshots: [stateAt(A3, 12)] }));
    expect(log.liveKeys(TOPICS.snapshots).filter((key) => key.startsWith('c|a|0')).length).toBe(2);
    await write(log, writer, commitOf(40n, [], { closed: ['a'] }));
    log.compact();
    expect(log.liveKeys(TOPICS.state)).toEqual(['m|b|1|0', 'p', 's|b|1']);
    expect(log.liveKeys(TOPICS.snapshots)).toEqual(['c|b|1|0|0']);
    expect([...(await load(log, 40n)).streams.keys()]).toEqual(['b|1']);
  });

  it.each([
    ['told as ended', ['a']],
    ['not told as ended', []],
  ])('takes nothing of an earlier stream of the same name that is %s', async (_, closed) => {
    const log = new FakeLog();
    const writer = writerOf();
    await write(log, writer, commitOf(10n, [A1], { snapshots: [stateAt(A1, 95)] }));
    const again = progress('a', 50n, 60n);
    await write(log, writer, commitOf(60n, [again], { closed }));
    const checkpoint = await load(log, 60n);
    expect(await snapshotsOf(checkpoint)).toMatchObject([
      { streamId: 'a', entry: { progress: again }, bytes: undefined },
    ]);
    expect(checkpoint.faults).toEqual([]);
    expect(log.liveKeys(TOPICS.snapshots)).toEqual([]);
  });

  it('does not take the state of a stream that ended with the same commit', async () => {
    const log = new FakeLog();
    await write(log, writerOf(), commitOf(10n, [], { closed: ['a'], snapshots: [stateAt(A1, 95)] }));
    expect([log.liveKeys(TOPICS.state), log.liveKeys(TOPICS.snapshots)]).toEqual([['p'], []]);
  });

  it('goes on from a state that is behind the last record of its stream only where the digest is the same', async () => {
    const log = new FakeLog();
    const writer = writerOf();
    const later = { ...stateAt(A1, 25), offset: 15n };
    const other = { ...stateAt(B1, 25), offset: 15n, digest: 1 };
    await write(log, writer, commitOf(15n, [A1, B1], { snapshots: [later, other] }));
    const checkpoint = await load(log, 15n);
    expect(await snapshotsOf(checkpoint)).toMatchObject([
      { manifest: { offset: 15n }, bytes: later.bytes },
      { bytes: undefined },
    ]);
    expect(checkpoint.faults).toMatchObject([{ code: 'SNAPSHOT_CORRUPT', message: expect.stringContaining('b|1') }]);
  });
});

describe('a commit', () => {
  const requests = async (contents: CommitContents, options = {}): Promise<[string, readonly OutgoingRecord[]][]> => {
    const sent: [string, readonly OutgoingRecord[]][] = [];
    let offset = 100n;
    await writerOf(options)
      .prepare(contents)
      .write(async (topic, partition, records) => {
        expect(partition).toBe(PARTITION);
        sent.push([topic, records]);
        offset += 10n;
        return offset;
      });
    return sent;
  };

  it('writes chunks, then manifests, then streams, then the partition', async () => {
    const sent = await requests(commitOf(10n, [A1], { snapshots: [stateAt(A1, 25)] }), { maxRequestBytes: 100_000 });
    expect(sent.map(([topic, records]) => [topic, records.map(({ key }) => key)])).toEqual([
      [TOPICS.snapshots, ['c|a|0|0', 'c|a|0|1', 'c|a|0|2']],
      [TOPICS.state, ['m|a|0', 's|a', 'p']],
    ]);
    const chunks = sent[0]?.[1] ?? [];
    expect(chunks.map(({ value }) => value?.length)).toEqual([9, 9, 7]);
    expect(JSON.parse(String(sent[1]?.[1][0]?.value))).toMatchObject({
      firstOffset: '110',
      endOffset: '113',
      chunks: 3,
    });
  });

  it('sends no more bytes at once than it may, and knows where each chunk lies', async () => {
    const sent = await requests(commitOf(10n, [A1], { snapshots: [stateAt(A1, 25)] }), { maxRequestBytes: 1 });
    expect(sent.map(([, records]) => records.length)).toEqual(Array(sent.length).fill(1));
    expect(JSON.parse(String(sent[3]?.[1][0]?.value))).toMatchObject({ firstOffset: '110', endOffset: '131' });
  });

  it('that failed writes the same again, and takes a slot only when it is committed', async () => {
    const log = new FakeLog();
    const writer = writerOf();
    await write(log, writer, commitOf(10n, [A1], { snapshots: [stateAt(A1, 25)] }));
    const prepared = writer.prepare(commitOf(20n, [A2], { snapshots: [stateAt(A2, 31)] }));
    const aborted = log.begin();
    await prepared.write(aborted.send);
    aborted.abort();
    expect((await snapshotsOf(await load(log, 10n)))[0]).toMatchObject({ bytes: stateAt(A1, 25).bytes });
    const left = writer.prepare(commitOf(20n, [A2], { snapshots: [stateAt(A2, 41)] }));
    const second = log.begin();
    await left.write(second.send);
    second.commit();
    left.committed();
    const [found] = await snapshotsOf(await load(log, 20n));
    expect(found).toMatchObject({ manifest: { slot: 1 }, bytes: stateAt(A2, 41).bytes });
  });

  it.each([
    ['no bytes', 0],
    ['more chunks than a million', 1_000_001],
  ])('is refused with a state of %s', (_, length) => {
    const writer = writerOf({ maxChunkBytes: 1 });
    expect(() => writer.prepare(commitOf(10n, [A1], { snapshots: [stateAt(A1, length)] }))).toThrow(
      expect.objectContaining({ name: 'ConfigError', code: 'CONFIG_INVALID' }),
    );
  });
});

describe('the topics of a checkpoint', () => {
  it('are compacted, with the partitions of the input', () => {
    const { topics, specs } = checkpointTopics('pumps', { partitions: 6, replicationFactor: 3 });
    expect(topics).toEqual({ state: 'pumps.state', snapshots: 'pumps.snapshots' });
    expect(specs).toMatchObject([
      { topic: 'pumps.state', partitions: 6, replicationFactor: 3, config: { 'cleanup.policy': 'compact' } },
      { topic: 'pumps.snapshots', partitions: 6, replicationFactor: 3, config: { 'cleanup.policy': 'compact' } },
    ]);
  });

  it('may have other names, but not one', () => {
    expect(checkpointTopics('pumps', { partitions: 1, stateTopic: 'x', snapshotTopic: 'y' }).topics).toEqual({
      ...{ state: 'x', snapshots: 'y' },
    });
    expect(() => checkpointTopics('pumps', { partitions: 1, stateTopic: 'x', snapshotTopic: 'x' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
