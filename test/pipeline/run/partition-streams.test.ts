import { afterAll, describe, expect, it } from 'vitest';
import type { KafkaRecord } from '../../../connectors/index.ts';
import { type Finding, ModelPool, type ModelSpec } from '../../../pipeline/index.ts';
import { PartitionStreams } from '../../../pipeline/run/partition-streams.ts';
import type { PipelineLog } from '../../../pipeline/run/pipeline-options.ts';

const pool = new ModelPool({ workers: 1 });
afterAll(() => pool.close());

/** Three tokens late. */
const SPEC: ModelSpec = {
  kind: 'embedding',
  front: { kind: 'none', channels: 1 },
  encoder: { longformer: { inputSize: 1, hiddenSize: 8, numLayers: 1, numHeads: 1, window: 4, lookAhead: 3 }, seed: 1 },
};

const record = (offset: number, key: string, rows: readonly object[]): KafkaRecord => ({
  ...{ topic: 'pumps', partition: 0, offset: BigInt(offset), headers: new Map(), timestampMs: -1 },
  key: Buffer.from(key),
  value: Buffer.from(JSON.stringify(rows)),
});
const rowsOf = (from: number, count: number): object[] =>
  Array.from({ length: count }, (_, i) => ({ row: from + i, load: Math.sin(from + i) }));

function open(log?: (line: PipelineLog) => void): PartitionStreams {
  return new PartitionStreams({
    ...{ partition: 0, pool, spec: SPEC, columns: ['load'], deadLetterTopic: 'dead', log },
    kafka: { format: 'json', values: ['load'] },
  });
}
const samplesOf = (found: readonly Finding[], key: string): unknown[] =>
  found.filter(({ value }) => value.streamId === key).map(({ value }) => 'startSample' in value && value.startSample);

describe('the streams of a partition with look-ahead', () => {
  it('give each row once: late by the look-ahead, the rest when the partition ends', async () => {
    const streams = open();
    const first = await streams.process([record(0, 'a', rowsOf(0, 5)), record(1, 'b', rowsOf(0, 2))]);
    const second = await streams.process([record(2, 'a', rowsOf(5, 2))]);
    const rest = await streams.finish();
    await streams.close();
    const made = [first, second, rest].map(({ findings }) => findings);
    expect(made.map((found) => samplesOf(found, 'a'))).toEqual([
      [0, 1],
      [2, 3],
      [4, 5, 6],
    ]);
    expect(made.map((found) => samplesOf(found, 'b'))).toEqual([[], [], [0, 1]]);
    expect([first, second, rest].map(({ samples }) => samples)).toEqual([7, 2, 0]);
  });

  it('give what is owed before a gap with the record behind it', async () => {
    const streams = open();
    await streams.process([record(0, 'a', rowsOf(0, 4))]);
    const { findings } = await streams.process([record(1, 'a', rowsOf(50, 4))]);
    await streams.close();
    expect(samplesOf(findings, 'a')).toEqual([1, 2, 3, 50]);
  });

  it('keep what is owed when a record is put aside, and give a batch that is tried again as it was', async () => {
    const streams = open();
    const bad: KafkaRecord = { ...record(1, 'a', []), value: Buffer.from('[{"row":4,"load":"high"}]') };
    const batch = [record(0, 'a', rowsOf(0, 4)), bad];
    const made = await streams.process(batch);
    expect(made.deadLetters.length).toBe(1);
    expect(await streams.process(batch)).toBe(made);
    expect(samplesOf((await streams.finish()).findings, 'a')).toEqual([1, 2, 3]);
    await streams.close();
  });

  it('tell how many streams could not give what they owed', async () => {
    const lines: PipelineLog[] = [];
    const other = new ModelPool({ workers: 1 });
    const streams = new PartitionStreams({
      ...{ partition: 7, pool: other, spec: SPEC, columns: ['load'], deadLetterTopic: 'dead' },
      ...{ kafka: { format: 'json', values: ['load'] }, log: (line) => lines.push(line) },
    });
    await streams.process([record(0, 'a', rowsOf(0, 4)), record(1, 'b', rowsOf(0, 4))]);
    const owed = streams.finish();
    await other.close();
    expect((await owed).findings).toEqual([]);
    expect(lines).toMatchObject([{ event: 'owed-findings-lost', partition: 7, streams: 2 }]);
  });
});
