import { describe, expect, it } from 'vitest';
import type { CheckpointWriter, CommitContents } from '../../../pipeline/checkpoint/index.ts';
import { FakeLog } from './fake-log.ts';
import { commitOf, load, progress, snapshotsOf, stateAt, TOPICS, writerOf } from './written-checkpoint.ts';

async function write(log: FakeLog, writer: CheckpointWriter, contents: CommitContents): Promise<void> {
  const prepared = writer.prepare(contents);
  await prepared.write(log.send);
  prepared.committed();
}

/** A log of that many streams, each with states of 35 bytes (4 chunks) in both slots. */
async function logOf(streams: number): Promise<{ readonly log: FakeLog; readonly offset: bigint }> {
  const log = new FakeLog();
  const writer = writerOf({ maxRequestBytes: 100_000 });
  const ids = Array.from({ length: streams }, (_, i) => `stream ${i}`);
  for (const commit of [1n, 2n]) {
    const offset = commit * BigInt(streams);
    const all = ids.map((id, i) => progress(id, BigInt(i), offset));
    await write(log, writer, commitOf(offset, all, { snapshots: all.map((one) => stateAt(one, 35)) }));
  }
  return { log, offset: 2n * BigInt(streams) };
}

describe('loading a checkpoint', () => {
  it('of thousands of streams reads each record of the newest states once, in two reads', async () => {
    const { log, offset } = await logOf(5000);
    const checkpoint = await load(log, offset);
    const found = await snapshotsOf(checkpoint);
    expect(found.length).toBe(5000);
    for (const { entry, bytes } of found)
      expect(bytes).toEqual(stateAt(entry.progress ?? expect.unreachable(), 35).bytes);
    expect(log.reads.map(({ topic }) => topic)).toEqual([TOPICS.state, TOPICS.snapshots]);
    expect(log.recordsRead - log.recordsOf(TOPICS.state).length).toBe(4 * 5000);
  });

  it('gives each state before the next is read, in the order of their places', async () => {
    const { log, offset } = await logOf(50);
    const checkpoint = await load(log, offset);
    const before = log.recordsRead;
    let count = 0;
    for await (const { streamId } of checkpoint.snapshots()) {
      expect(streamId).toBe(`stream ${count}`);
      count += 1;
      // A batch of the fake log is of three records.
      expect(log.recordsRead - before).toBeLessThanOrEqual(4 * count + 3);
    }
    expect(count).toBe(50);
  });

  it('leaves out what lies far from all that it needs', async () => {
    const log = new FakeLog();
    const writer = writerOf({ maxRequestBytes: 100_000 });
    const [quiet, busy] = [progress('quiet', 0n, 5n), progress('busy', 1n, 6n)];
    await write(log, writer, commitOf(6n, [quiet, busy], { snapshots: [stateAt(quiet, 35)] }));
    for (let i = 0; i < 30; i++) await write(log, writer, commitOf(6n, [], { snapshots: [stateAt(busy, 1000)] }));
    expect(log.recordsOf(TOPICS.snapshots).length).toBe(4 + 30 * 100);
    const checkpoint = await load(log, 6n);
    const before = log.recordsRead;
    expect((await snapshotsOf(checkpoint)).map(({ streamId }) => streamId)).toEqual(['quiet', 'busy']);
    expect(log.recordsRead - before).toBe(4 + 100);
  });
});
