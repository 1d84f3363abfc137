import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type EmbeddedBroker,
  embeddedBroker,
  type KafkaRecord,
  type OutgoingRecord,
} from '../../../connectors/index.ts';
import { Random } from '../../../core/index.ts';
import { ModelPool } from '../../../pipeline/index.ts';
import { EmbeddedPipeline } from './embedded-pipeline.ts';

const HALF = 20;

/** One stream, whose every second record is a snapshot's worth. */
function records(from: number, to: number): OutgoingRecord[] {
  const random = new Random(3);
  const all = Array.from({ length: to }, (_, index) => {
    const rows = Array.from({ length: 10 }, () => ({ a: random.nextSymmetric(3), b: index + random.nextUnit() }));
    return { key: 'sensor', value: JSON.stringify(rows), partition: 0, timestampMs: 1e12 + index };
  });
  return all.slice(from);
}

const keyOf = ({ key }: KafkaRecord): string => Buffer.from(key ?? []).toString();

/** Records of some keys as a disk that has lost bits gives them. */
function flipped(keys: RegExp): (record: KafkaRecord) => KafkaRecord {
  return (record) => {
    if (record.value === null || record.value.length === 0 || !keys.test(keyOf(record))) return record;
    const value = Uint8Array.from(record.value);
    value[value.length >> 1]! ^= 0x10;
    return { ...record, value };
  };
}

describe('a partition whose state is damaged', () => {
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
    await pipeline.fill(records(0, HALF - 1), 1);
    await pipeline.run('damaged');
    // Dies with everything committed: the last state is one record older than the last commit.
    await pipeline.send(records(HALF - 1, HALF));
    await pipeline.run('damaged', { end: 'die' });
  });
  afterEach(() => broker.close());

  /** Goes on over the second half; the output must be that of a run that was never interrupted. */
  async function expectSameAsUnfailed(options: Parameters<EmbeddedPipeline['run']>[1] = {}): Promise<void> {
    await pipeline.send(records(HALF, 2 * HALF));
    await pipeline.run('damaged', options);
    await pipeline.run('unfailed');
    expect(await pipeline.output('damaged')).toEqual(await pipeline.output('unfailed'));
  }

  async function manifests(): Promise<ReadonlyMap<string, { readonly offset: bigint; readonly value: string }>> {
    const found = new Map<string, { offset: bigint; value: string }>();
    for (const record of await pipeline.read('damaged.state')) {
      const value = Buffer.from(record.value ?? []).toString();
      if (/^m\|/.test(keyOf(record))) found.set(keyOf(record), { offset: BigInt(JSON.parse(value).offset), value });
    }
    return found;
  }

  /** Key of the newest manifest. */
  async function newest(): Promise<string> {
    const sorted = [...(await manifests())].sort(([, a], [, b]) => Number(b.offset - a.offset));
    return sorted[0]![0];
  }

  it('has two whole states to choose from, the newest older than the last commit', async () => {
    const offsets = [...(await manifests()).values()].map(({ offset }) => offset);
    expect(offsets.length).toBe(2);
    expect(offsets.filter((offset) => offset === BigInt(HALF - 1)).length).toBe(1);
    expect(offsets.every((offset) => offset > 0n && offset < BigInt(HALF))).toBe(true);
  });

  it('takes the older state when a chunk of the newest one is corrupted', async () => {
    const slot = (await newest()).slice(-1);
    await expectSameAsUnfailed({ reading: flipped(new RegExp(`^c\\|sensor\\|${slot}\\|`)) });
  });

  it('takes the older state when a chunk of the newest one is lost', async () => {
    const slot = (await newest()).slice(-1);
    await pipeline.write('damaged.snapshots', { key: `c|sensor|${slot}|0`, value: null });
    broker.compact('damaged.snapshots');
    await expectSameAsUnfailed();
  });

  it('takes the older state when the newest manifest is cut in half', async () => {
    const key = await newest();
    const { value } = (await manifests()).get(key)!;
    await pipeline.write('damaged.state', { key, value: value.slice(0, value.length >> 1) });
    await expectSameAsUnfailed();
  });

  it('takes the older state when the newest manifest tells another place than its chunks', async () => {
    const key = await newest();
    const fields = JSON.parse((await manifests()).get(key)!.value);
    const value = JSON.stringify({ ...fields, offset: String(BigInt(fields.offset) + 1n) });
    await pipeline.write('damaged.state', { key, value });
    await expectSameAsUnfailed();
  });

  it('reads the stream again from its beginning when both states are damaged', async () => {
    await expectSameAsUnfailed({ reading: flipped(/^c\|/) });
  });

  it('says what is damaged', async () => {
    await pipeline.send(records(HALF, HALF + 1));
    const lines = await pipeline.run('damaged', { reading: flipped(/^c\|/) });
    const faults = lines.filter(({ event }) => event === 'checkpoint-fault');
    expect(faults.map(({ code }) => code)).toEqual(['SNAPSHOT_CORRUPT', 'SNAPSHOT_CORRUPT']);
  });

  it('refuses to go on, and writes nothing, when both states are damaged and the input is gone', async () => {
    broker.trim('in', 0, 1n);
    await expectRefusal('INPUT_EXPIRED', { reading: flipped(/^c\|/) });
  });

  it('refuses to go on when the input was deleted behind the place of its newest state', async () => {
    broker.trim('in', 0, BigInt(HALF));
    await expectRefusal('INPUT_EXPIRED');
  });

  it('refuses to go on when not even its progress is whole', async () => {
    await expectRefusal('CHECKPOINT_MISMATCH', { reading: flipped(/^(?:c|m|s)\|/) });
  });

  it('refuses to go on when nothing says when its stream was last seen', async () => {
    await expectRefusal('CHECKPOINT_MISMATCH', { reading: flipped(/^s\|/) });
  });

  it('refuses to go on when the progress of the partition is damaged', async () => {
    await expectRefusal('CHECKPOINT_MISMATCH', { reading: flipped(/^p$/) });
  });

  it.each([0n, 7n, BigInt(HALF) - 1n])('refuses to go on when somebody has moved its group to %s', async (offset) => {
    await pipeline.move('damaged', offset);
    await expectRefusal('CHECKPOINT_MISMATCH');
  });

  it('refuses to go on when what it comes to is not what was committed', async () => {
    const last = (await pipeline.read('damaged.state')).findLast((record) => keyOf(record) === 's|sensor');
    const fields = JSON.parse(Buffer.from(last?.value ?? []).toString());
    await pipeline.write('damaged.state', {
      key: 's|sensor',
      value: JSON.stringify({ ...fields, digest: (fields.digest + 1) % 2 ** 32 }),
    });
    await expectRefusal('REPLAY_MISMATCH');
  });

  async function expectRefusal(code: string, options: Parameters<EmbeddedPipeline['run']>[1] = {}): Promise<void> {
    await pipeline.send(records(HALF, HALF + 1));
    const before = await pipeline.output('damaged');
    const state = await pipeline.read('damaged.state');
    await expect(pipeline.run('damaged', options)).rejects.toMatchObject({ code });
    expect(await pipeline.output('damaged')).toEqual(before);
    expect(await pipeline.read('damaged.state')).toEqual(state);
  }
});
