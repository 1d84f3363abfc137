import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KafkaRecord } from '../../../connectors/index.ts';
import type { CommitContents } from '../../../pipeline/checkpoint/index.ts';
import { FakeLog, keyOf, PARTITION } from './fake-log.ts';
import { commitOf, load, progress, snapshotsOf, stateAt, TOPICS, writerOf } from './written-checkpoint.ts';

const A1 = progress('a', 2n, 10n);
const A2 = progress('a', 2n, 20n);
const B1 = progress('b', 5n, 9n);
const OLDER = stateAt(A1, 25);
const NEWER = stateAt(A2, 31);

/** A log in which `a` has two states, and its writer. */
async function written(last: readonly CommitContents[] = []) {
  const log = new FakeLog();
  const writer = writerOf();
  const first = commitOf(10n, [A1, B1], { snapshots: [OLDER, stateAt(B1, 4)] });
  for (const contents of [first, commitOf(20n, [A2], { snapshots: [NEWER] }), ...last]) {
    const prepared = writer.prepare(contents);
    await prepared.write(log.send);
    prepared.committed();
  }
  return { log, writer };
}

/** Puts another record in the place of the last one of a key, or none. */
function change(
  log: FakeLog,
  topic: string,
  key: string,
  to: (record: KafkaRecord) => Partial<KafkaRecord> | undefined,
): KafkaRecord {
  const records = log.recordsOf(topic);
  const at = records.findLastIndex((record) => keyOf(record) === key);
  const record = records[at] ?? expect.unreachable();
  const changed = to(record);
  records.splice(at, 1, ...(changed === undefined ? [] : [{ ...record, ...changed }]));
  return record;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const json = (record: KafkaRecord) => JSON.parse(new TextDecoder().decode(record.value ?? new Uint8Array(0)));
const flipped = ({ value }: KafkaRecord, at: number) => ({
  value: value?.map((byte, i) => (i === at ? byte ^ 4 : byte)) ?? null,
});
const CHUNK = 'c|a|1|2';

describe('a checkpoint with a chunk', () => {
  it.each<[string, (record: KafkaRecord) => Partial<KafkaRecord> | undefined, string]>([
    ['that is missing', () => undefined, 'Expected 4 chunks, got 3'],
    ['that was deleted', () => ({ value: null, headers: new Map() }), 'snapshot 1-2-20-31'],
    ['of another length', ({ value }) => ({ value: value?.subarray(1) ?? null }), 'a chunk of 8 bytes, got 7'],
    ['of other bytes', (record) => flipped(record, 3), 'CRC-32'],
    [
      'of another snapshot',
      ({ headers }) => ({ headers: new Map([...headers, ['lw-snapshot', text('1')]]) }),
      'snapshot 1-2-20-31',
    ],
    [
      'of another place',
      ({ headers }) => ({ headers: new Map([...headers, ['lw-chunk', text('1')]]) }),
      'chunk 2, got "1"',
    ],
  ])('%s falls back on the other slot, says so, and writes where the damage is', async (_, damage, message) => {
    const { log } = await written();
    change(log, TOPICS.snapshots, CHUNK, damage);
    const checkpoint = await load(log, 20n);
    const found = await snapshotsOf(checkpoint);
    expect(found.map(({ streamId }) => streamId)).toEqual(['b', 'a']);
    expect(found[1]).toMatchObject({ manifest: { offset: 10n, slot: 0 }, bytes: OLDER.bytes, entry: { progress: A2 } });
    expect(checkpoint.faults).toMatchObject([{ name: 'SnapshotError', code: 'SNAPSHOT_CORRUPT' }]);
    expect(checkpoint.faults[0]?.message).toContain(message);
    expect(checkpoint.slots.get('a')).toMatchObject({ next: 1, chunks: [3, 4] });
  });

  it('that is damaged in both slots gives no state, and says so twice', async () => {
    const { log } = await written();
    for (const key of [CHUNK, 'c|a|0|0']) change(log, TOPICS.snapshots, key, (record) => flipped(record, 0));
    const checkpoint = await load(log, 20n);
    expect((await snapshotsOf(checkpoint))[1]).toMatchObject({
      streamId: 'a',
      entry: { openedAt: 2n },
      bytes: undefined,
    });
    expect(checkpoint.faults.length).toBe(2);
  });

  it('that lies outside the topic gives no state', async () => {
    const { log } = await written();
    log.topics.set(TOPICS.snapshots, log.recordsOf(TOPICS.snapshots).slice(-1));
    const checkpoint = await load(log, 20n);
    expect((await snapshotsOf(checkpoint)).every(({ bytes }) => bytes === undefined)).toBe(true);
  });
});

describe('a checkpoint with a record in the state topic that cannot be read', () => {
  it('names its place and key, and takes the older state', async () => {
    const { log } = await written();
    const { offset } = change(log, TOPICS.state, 'm|a|1', () => ({ value: text('{"version"') }));
    const checkpoint = await load(log, 20n);
    expect((await snapshotsOf(checkpoint))[0]).toMatchObject({ streamId: 'a', bytes: OLDER.bytes });
    expect(checkpoint.faults.map(({ message }) => message)).toEqual([
      `topic pumps.state, partition ${PARTITION}, offset ${offset}, key "m|a|1": Expected the value to be a JSON object, got "{\\"version\\""`,
    ]);
    expect(checkpoint.slots.get('a')).toMatchObject({ next: 1 });
  });

  it.each([
    ['m|a|1', { version: 2 }, 'SNAPSHOT_VERSION'],
    ['m|a|1', { chunks: 0 }, 'SNAPSHOT_CORRUPT'],
    ['m|a|1', { chunks: 5 }, 'SNAPSHOT_CORRUPT'],
    ['m|a|1', { bytes: 2 ** 53 }, 'SNAPSHOT_CORRUPT'],
    ['m|a|1', { bytes: 30 }, 'SNAPSHOT_CORRUPT'],
    ['m|a|1', { crc32: -1 }, 'SNAPSHOT_CORRUPT'],
    ['m|a|1', { digest: 5 }, 'SNAPSHOT_CORRUPT'],
    ['m|a|1', { offset: '15' }, 'SNAPSHOT_CORRUPT'],
    ['m|a|1', { offset: 20 }, 'SNAPSHOT_CORRUPT'],
    ['m|a|1', { openedAt: '20' }, 'SNAPSHOT_CORRUPT'],
    ['m|a|1', { endOffset: '99999999999999999999' }, 'SNAPSHOT_CORRUPT'],
    ['m|a|1', { snapshotId: 'x'.repeat(129) }, 'SNAPSHOT_CORRUPT'],
    ['s|a', { offset: '02' }, 'SNAPSHOT_CORRUPT'],
    ['s|a', { offset: '2' }, 'SNAPSHOT_CORRUPT'],
    ['s|a', { nextSample: 1.5 }, 'SNAPSHOT_CORRUPT'],
    ['s|a', { digest: 2 ** 32 }, 'SNAPSHOT_CORRUPT'],
    ['s|a', { lastSeenMs: 'now' }, 'SNAPSHOT_CORRUPT'],
    ['s|a', { padding: 'x'.repeat(4096) }, 'SNAPSHOT_CORRUPT'],
    ['p', { offset: '-1' }, 'SNAPSHOT_CORRUPT'],
    ['p', { streamTimeMs: [] }, 'SNAPSHOT_CORRUPT'],
  ])('reports %s with %j', async (key, fields, code) => {
    const { log } = await written();
    change(log, TOPICS.state, key, (record) => ({ value: text(JSON.stringify({ ...json(record), ...fields })) }));
    const checkpoint = await load(log, 20n);
    expect(checkpoint.faults[0]).toMatchObject({ name: 'SnapshotError', code });
    expect(checkpoint.faults[0]?.message).toContain(`key "${key}"`);
    const found = (await snapshotsOf(checkpoint)).find(({ streamId }) => streamId === 'a');
    expect(found?.bytes).toEqual(key === 'm|a|1' ? OLDER.bytes : NEWER.bytes);
    expect(checkpoint.partition === undefined).toBe(key === 'p');
    expect(found?.entry.progress === undefined).toBe(key === 's|a');
  });

  it('has nothing against one that a later record of its key has replaced', async () => {
    const { log } = await written();
    change(log, TOPICS.state, 's|b', () => ({ value: text('[]') }));
    await writerOf({ slots: (await load(log, 20n)).slots })
      .prepare(commitOf(21n, [progress('b', 5n, 21n)]))
      .write(log.send);
    expect((await load(log, 21n)).faults).toEqual([]);
  });

  it('reports a key that is none of its own, once', async () => {
    const { log } = await written();
    for (const key of ['x|a', 'x|a', 'c|a|0|0', 'm|a|2']) {
      await log.send(TOPICS.state, PARTITION, [{ key, value: '{}' }]);
    }
    await log.send(TOPICS.state, PARTITION, [
      { key: Uint8Array.of(0xff), value: '{}' },
      { key: null, value: '{}' },
    ]);
    expect((await load(log, 20n)).faults.length).toBe(5);
  });

  it('keeps a stream of which nothing can be read, without a place to begin', async () => {
    const { log } = await written();
    await log.send(TOPICS.state, PARTITION, [{ key: 's|c', value: '{}' }]);
    const checkpoint = await load(log, 20n);
    expect(checkpoint.streams.get('c')).toEqual({
      streamId: 'c',
      openedAt: undefined,
      progress: undefined,
      manifests: [],
    });
    expect((await snapshotsOf(checkpoint)).at(-1)).toMatchObject({ streamId: 'c', bytes: undefined });
  });

  it('reports progress of the partition that is missing, or behind the committed offset', async () => {
    const { log } = await written();
    expect((await load(log, 25n)).faults).toMatchObject([{ message: expect.stringContaining('committed offset 25') }]);
    log.topics.set(
      TOPICS.state,
      log.recordsOf(TOPICS.state).filter((record) => keyOf(record) !== 'p'),
    );
    expect((await load(log, 20n)).faults).toMatchObject([{ message: expect.stringContaining('got none') }]);
  });

  it('never throws another error, whatever the bytes', async () => {
    const { log } = await written();
    const keys = fc.oneof(fc.constantFrom('p', 's|a', 'm|a|0', 'm|a|1'), fc.string());
    await fc.assert(
      fc.asyncProperty(keys, fc.oneof(fc.uint8Array(), fc.json().map(text)), async (key, value) => {
        const damaged = new FakeLog();
        for (const topic of Object.values(TOPICS)) {
          for (const { key: own, value: bytes, headers } of log.recordsOf(topic)) {
            await damaged.send(topic, PARTITION, [{ key: own, value: bytes, headers: Object.fromEntries(headers) }]);
          }
        }
        await damaged.send(TOPICS.state, PARTITION, [{ key, value }]);
        const checkpoint = await load(damaged, 20n);
        const found = await snapshotsOf(checkpoint);
        expect([OLDER.bytes, NEWER.bytes]).toContainEqual(found.find(({ streamId }) => streamId === 'a')?.bytes);
        expect(checkpoint.faults.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('a checkpoint whose commit the offset did not follow', () => {
  const A3 = progress('a', 2n, 30n);
  const C1 = progress('c', 22n, 24n);

  it('takes the state of before, and no progress to compare with', async () => {
    const { log } = await written([commitOf(30n, [A3], { snapshots: [stateAt(A3, 12)] })]);
    const checkpoint = await load(log, 20n);
    expect(checkpoint.isAhead).toBe(true);
    expect(checkpoint.streams.get('a')).toMatchObject({ openedAt: 2n, progress: undefined });
    expect(checkpoint.streams.get('b')).toMatchObject({ progress: B1 });
    expect((await snapshotsOf(checkpoint))[1]).toMatchObject({
      streamId: 'a',
      manifest: { offset: 20n },
      bytes: NEWER.bytes,
    });
    expect([checkpoint.faults, checkpoint.slots.get('a')]).toMatchObject([[], { next: 0, chunks: [2, 4] }]);
  });

  it('leaves out a stream that began behind the offset, but knows what lies in its slots', async () => {
    const { log } = await written([commitOf(30n, [C1], { snapshots: [stateAt(C1, 12)] })]);
    const checkpoint = await load(log, 20n);
    expect([...checkpoint.streams.keys()]).toEqual(['a', 'b']);
    expect(checkpoint.slots.get('c')).toMatchObject({ openedAt: 22n, chunks: [2, 0] });
  });

  it('deletes chunks of a commit that stopped half way, whatever is written instead', async () => {
    const { log, writer } = await written();
    let sends = 0;
    const failing = writer.prepare(commitOf(30n, [A3], { snapshots: [stateAt(A3, 200)] })).write(async (...request) => {
      sends += 1;
      if (sends === 3) throw new Error('the connection is gone');
      return log.send(...request);
    });
    await expect(failing).rejects.toThrow('gone');
    const prepared = writer.prepare(commitOf(30n, [A3], { snapshots: [stateAt(A3, 12)] }));
    await prepared.write(log.send);
    prepared.committed();
    log.compact();
    expect(log.liveKeys(TOPICS.snapshots).filter((key) => key.startsWith('c|a|0'))).toEqual(['c|a|0|0', 'c|a|0|1']);
  });
});
