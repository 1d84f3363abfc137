import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type EmbeddedBroker,
  embeddedBroker,
  type KafkaRecord,
  type OutgoingRecord,
} from '../../../connectors/index.ts';
import { Random } from '../../../core/index.ts';
import { ModelPool } from '../../../pipeline/index.ts';
import { EmbeddedPipeline, type Sections } from './embedded-pipeline.ts';
import { expectExact } from './expect-exact.ts';

const ENCODER = 'hiddenSize: 4, numLayers: 2, numHeads: 1, ffnSize: 4, window: 4';
const REPLAY: Sections = {
  front: '{ none: {} }',
  encoder: `{ ${ENCODER}, lookAhead: 1, position: none }`,
  checkpoint: '{ commitMs: 1, idleMs: 500, restore: replay }',
};
const RECORDS = 240;
const random = new Random(11);

const keyOf = ({ key }: KafkaRecord): string => Buffer.from(key ?? []).toString();
const textOf = ({ value }: KafkaRecord): string => Buffer.from(value ?? []).toString();

/** Walks of three keys on two partitions: one begins anew after a rest, one has gaps, some rows cannot be taken. */
function inputRecord(index: number): OutgoingRecord {
  const key = index > 80 && index < 110 ? index % 2 : index % 3;
  const first = 4 * index + (index > 150 ? 100 : 0);
  const rows = Array.from({ length: 4 }, (_, i) => {
    const a = index % 29 === 7 ? 1e39 : random.nextSymmetric(3);
    return { a, b: index + random.nextUnit(), ...(key === 1 ? { row: Math.floor(first / 12) * 4 + i } : {}) };
  });
  const value = index % 37 === 5 ? 'no JSON' : JSON.stringify(rows);
  return { key: `sensor-${key}`, value, partition: key % 2, timestampMs: 1e12 + index * 30 };
}

describe('a pipeline whose streams come back by replay', () => {
  it('commits the same bytes wherever its processes die, without a snapshot', async () => {
    const pool = new ModelPool({ workers: 1 });
    const broker = embeddedBroker();
    const pipeline = new EmbeddedPipeline(broker, pool, REPLAY);
    await pipeline.fill(
      Array.from({ length: RECORDS }, (_, index) => inputRecord(index)),
      2,
    );
    await pipeline.run('unfailed');
    const expected = await pipeline.output('unfailed');
    expect(expected.some((line) => line.includes('VALUE_NOT_FINITE'))).toBe(true);
    expect(expected.length).toBeGreaterThan(3 * RECORDS);
    let anchored = 0;
    const deaths = await expectExact({
      ...{ pipeline, expected, rounds: 40, maxCalls: 300 },
      onEnd: (lines) => {
        const begun = lines.filter(({ event, from }) => event === 'restored' && Number(from) > 1);
        anchored += begun.filter(({ from, committed }) => from !== committed).length;
      },
    });
    expect(deaths).toBeGreaterThan(10);
    expect(anchored).toBeGreaterThan(0);
    const admin = await pipeline.transport.admin();
    for (const { low, high } of await admin.offsets('unfailed.snapshots')) expect([low, high]).toEqual([0n, 0n]);
    await pool.close();
    await broker.close();
  });

  describe('with a hundred records behind it', () => {
    const HALF = 100;
    let pool: ModelPool;
    let broker: EmbeddedBroker;
    let pipeline: EmbeddedPipeline;

    const records = (from: number, to: number): OutgoingRecord[] =>
      Array.from({ length: to - from }, (_, i) => {
        const rows = Array.from({ length: 4 }, (__, row) => ({ a: Math.sin(from + i + row / 4), b: row }));
        return { key: 'sensor', value: JSON.stringify(rows), partition: 0, timestampMs: 1e12 + from + i };
      });
    const anchor = async (): Promise<Record<string, unknown> & { offset: string }> => {
      const last = (await pipeline.read('halves.state')).findLast((record) => keyOf(record) === 'a|sensor');
      return JSON.parse(textOf(last ?? expect.unreachable()));
    };
    const restoredFrom = async (): Promise<unknown> => {
      const lines = await pipeline.run('halves');
      return lines.find(({ event }) => event === 'restored')?.from;
    };
    const expectSame = async (): Promise<void> => {
      await pipeline.run('unfailed');
      expect(await pipeline.output('halves')).toEqual(await pipeline.output('unfailed'));
    };

    beforeAll(() => {
      pool = new ModelPool({ workers: 1 });
    });
    afterAll(() => pool.close());
    beforeEach(async () => {
      broker = embeddedBroker();
      pipeline = new EmbeddedPipeline(broker, pool, REPLAY);
      await pipeline.fill(records(0, HALF), 1);
      await pipeline.run('halves', { end: 'die' });
      await pipeline.send(records(HALF, HALF + 20));
    });
    afterEach(() => broker.close());

    it('reads no more than its last anchor asks for', async () => {
      const { offset } = await anchor();
      // Two fields, two periods and what a commit may be late by, in rows of four a record.
      expect(Number(offset)).toBeGreaterThan(HALF - 60);
      expect(await restoredFrom()).toBe(offset);
      await expectSame();
    });

    it('goes on although all before its anchor was deleted, and refuses when the anchor was', async () => {
      await pipeline.run('unfailed');
      const from = BigInt((await anchor()).offset);
      broker.trim('in', 0, from + 1n);
      await expect(pipeline.run('halves')).rejects.toMatchObject({ code: 'INPUT_EXPIRED' });
      await pipeline.run('other');
      expect(await pipeline.output('halves')).not.toEqual(await pipeline.output('unfailed'));
    });

    it('goes on with all before its anchor deleted', async () => {
      await pipeline.run('unfailed');
      broker.trim('in', 0, BigInt((await anchor()).offset));
      await pipeline.run('halves');
      expect(await pipeline.output('halves')).toEqual(await pipeline.output('unfailed'));
    });

    it.each([
      ['is no JSON', () => '{'],
      ['has another state', (value: object) => JSON.stringify({ ...value, state: 'AAAA' })],
      ['is of a later place', (value: object) => JSON.stringify({ ...value, checkOffset: '101' })],
    ])('reads the stream from its beginning where its anchor %s', async (_, damage) => {
      await pipeline.write('halves.state', { key: 'a|sensor', value: damage(await anchor()) });
      expect(await restoredFrom()).toBe('0');
      await expectSame();
    });

    it.each([
      ['digest', 'REPLAY_MISMATCH', (value: unknown) => (Number(value) + 1) % 2 ** 32],
      ['checkToken', 'REPLAY_MISMATCH', (value: unknown) => Number(value) - 1],
      ['offset', 'REPLAY_MISMATCH', (value: unknown) => String(Number(value) + 1)],
      ['version', 'SNAPSHOT_VERSION', () => 2],
    ])('is refused with an anchor whose %s is another', async (field, code, change) => {
      const found = await anchor();
      const value = JSON.stringify({ ...found, [field]: change(found[field]) });
      await pipeline.write('halves.state', { key: 'a|sensor', value });
      await expect(pipeline.run('halves')).rejects.toMatchObject({ code });
    });

    it('goes back to snapshots, from its anchor', async () => {
      const checkpoint = '{ commitMs: 1, idleMs: 500, snapshotBytes: 1024 }';
      const { offset } = await anchor();
      pipeline = new EmbeddedPipeline(broker, pool, { ...REPLAY, checkpoint });
      expect(await restoredFrom()).toBe(offset);
      await expectSame();
      expect((await pipeline.read('halves.snapshots')).length).toBeGreaterThan(0);
    });
  });

  it.each([
    ['positions', `{ ${ENCODER}, position: rotary }`, '`position` rotary'],
    ['sinks', `{ ${ENCODER}, position: none, sinks: 2 }`, '2 sinks'],
    [
      'a Reformer',
      '{ layers: [local], hiddenSize: 4, numHeads: 1, ffnSize: 4, local: { chunkLength: 4 } }',
      'Reformer',
    ],
  ])('is refused with %s, before anything is read', async (_, encoder, part) => {
    const pool = new ModelPool({ workers: 1 });
    const broker = embeddedBroker();
    const pipeline = new EmbeddedPipeline(broker, pool, { ...REPLAY, encoder });
    await pipeline.fill([inputRecord(0)], 1);
    const fault = await pipeline.run('refused').catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'CONFIG_INVALID' });
    expect((fault as Error).message).toContain(part);
    await pool.close();
    await broker.close();
  });
});
