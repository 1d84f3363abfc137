import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type EmbeddedBroker,
  embeddedBroker,
  type KafkaRecord,
  type OutgoingRecord,
} from '../../../connectors/index.ts';
import { CheckpointWriter, loadCheckpoint } from '../../../pipeline/checkpoint/index.ts';
import { ModelPool, resetState } from '../../../pipeline/index.ts';
import { sealed } from '../../checks/snapshot-bytes.ts';
import { EmbeddedPipeline } from './embedded-pipeline.ts';

const RECORDS = 12;
const TOPICS = { state: 'old.state', snapshots: 'old.snapshots' };

function records(from: number, to: number): OutgoingRecord[] {
  return Array.from({ length: to - from }, (_, i) => {
    const rows = Array.from({ length: 10 }, (__, row) => ({ a: Math.sin(from + i + row), b: row }));
    return { key: 'sensor', value: JSON.stringify(rows), partition: 0, timestampMs: 1e12 + from + i };
  });
}

const text = ({ value }: KafkaRecord): string => Buffer.from(value ?? []).toString();
const keyOf = ({ key }: KafkaRecord): string => Buffer.from(key ?? []).toString();

describe('a partition whose state is not of this release, or gone', () => {
  let pool: ModelPool;
  let broker: EmbeddedBroker;
  let pipeline: EmbeddedPipeline;

  beforeAll(() => {
    pool = new ModelPool({ workers: 1 });
  });
  afterAll(() => pool.close());
  beforeEach(async () => {
    broker = embeddedBroker();
    pipeline = new EmbeddedPipeline(broker, pool);
    await pipeline.fill(records(0, RECORDS), 1);
    await pipeline.run('old');
    await pipeline.send(records(RECORDS, RECORDS + 1));
  });
  afterEach(() => broker.close());

  /** Nothing is written. */
  async function expectRefusal(code: string, ...messages: readonly string[]): Promise<void> {
    const before = [await pipeline.output('old'), await pipeline.read(TOPICS.state)];
    const fault = await pipeline.run('old').catch((error: unknown) => error);
    expect(fault).toMatchObject({ code });
    for (const message of messages) expect((fault as Error).message).toContain(message);
    expect([await pipeline.output('old'), await pipeline.read(TOPICS.state)]).toEqual(before);
  }

  /** Writes the newest state again with other bytes, and a manifest that is right for them. */
  async function rewriteState(change: (bytes: Uint8Array) => Uint8Array): Promise<void> {
    const { transport } = pipeline;
    const admin = await transport.admin();
    const reader = await transport.reader({ topics: Object.values(TOPICS), groupId: 'forger' });
    const committed = BigInt(RECORDS);
    const place = { admin, reader, partition: 0, topics: TOPICS };
    const checkpoint = await loadCheckpoint({ ...place, committedOffset: committed });
    for await (const { entry, manifest, bytes } of checkpoint.snapshots()) {
      if (manifest === undefined || entry.progress === undefined) continue;
      const { streamId, openedAt, offset, digest } = manifest;
      const writer = new CheckpointWriter({ partition: 0, topics: TOPICS, slots: checkpoint.slots });
      const prepared = writer.prepare({
        partition: { offset: committed, streamTimeMs: checkpoint.partition?.streamTimeMs ?? 0 },
        streams: [entry.progress],
        closed: [],
        snapshots: [{ streamId, openedAt, offset, digest, bytes: change(bytes.slice()) }],
      });
      const producer = await transport.producer();
      await prepared.write((topic, partition, sent) => producer.send(topic, partition, sent));
      await producer.close();
    }
    await reader.close();
    await admin.close();
  }

  it.each([1, 3, 999])(
    'is refused with a state of version %s, which says what was found and what can be read',
    async (version) => {
      await rewriteState((bytes) => {
        new DataView(bytes.buffer, bytes.byteOffset).setUint16(4, version, true);
        return sealed(bytes);
      });
      const place = `the state of stream "sensor" as of offset ${RECORDS}`;
      await expectRefusal('SNAPSHOT_VERSION', place, `of version 2, got version ${version}`, 'state reset');
    },
  );

  it('goes on from a state that was written again as it was', async () => {
    await rewriteState((bytes) => bytes);
    await pipeline.run('old');
    await pipeline.run('unfailed');
    expect(await pipeline.output('old')).toEqual(await pipeline.output('unfailed'));
  });

  it.each(['p', 's|sensor', 'm|sensor|0'])('is refused with a record %s of a later version', async (key) => {
    const last = (await pipeline.read(TOPICS.state)).findLast((record) => keyOf(record) === key);
    const value = JSON.stringify({ ...JSON.parse(text(last ?? expect.unreachable())), version: 2 });
    await pipeline.write(TOPICS.state, { key, value });
    await expectRefusal('SNAPSHOT_VERSION', `key "${key}": Expected \`version\` to be 1, got 2`);
  });

  it.each([
    ['was emptied', () => broker.trim(TOPICS.state, 0, 1_000_000n)],
    [
      'holds tombstones only',
      async () => {
        for (const key of ['p', 's|sensor', 'm|sensor|0', 'm|sensor|1'])
          await pipeline.write(TOPICS.state, { key, value: null });
      },
    ],
  ])('is refused when its state topic %s, and begins anew after a reset', async (_, lose) => {
    await lose();
    const named = ['topic in, partition 0', 'old.state', `offset ${RECORDS} that group old`, 'longwave state reset'];
    await expectRefusal('CHECKPOINT_MISMATCH', ...named);
    const { transport } = pipeline;
    for await (const { to } of resetState(pipeline.config('old'), { to: 'committed', dryRun: false, transport })) {
      expect(to).toBe(String(RECORDS));
    }
    await pipeline.run('old');
    expect(await pipeline.isCommitted('old')).toBe(true);
  });
});
