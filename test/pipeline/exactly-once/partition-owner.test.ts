import { describe, expect, it } from 'vitest';
import { jsonDecoder, type KafkaRecord } from '../../../connectors/index.ts';
import { ConnectorError, WorkerError } from '../../../core/index.ts';
import { inputOrder } from '../../../pipeline/config/input-schema.ts';
import { type LiveStream, progressOf } from '../../../pipeline/exactly-once/live-stream.ts';
import { LiveStreams } from '../../../pipeline/exactly-once/live-streams.ts';
import { PartitionOwner, type PartitionOwnerOptions } from '../../../pipeline/exactly-once/partition-owner.ts';
import type { WritableUnit } from '../../../pipeline/exactly-once/partition-writer.ts';
import { eventually } from '../../checks/eventually.ts';
import { CountingTask } from './counting-task.ts';

const record = (offset: number, key = 'a'): KafkaRecord => ({
  ...{ topic: 'in', partition: 0, offset: BigInt(offset), headers: new Map(), timestampMs: 0 },
  key: Buffer.from(key),
  value: Buffer.from(`{"load":${offset}}`),
});
const records = (from: number, to: number): KafkaRecord[] =>
  Array.from({ length: to - from }, (_, i) => record(from + i));

interface Written {
  readonly unit: WritableUnit;
  readonly checkpoint: string;
  finish(): void;
  fail(error: Error): void;
}

function open(limits: Partial<PartitionOwnerOptions['limits']> = {}) {
  const writes: Written[] = [];
  const tasks = new Map<string, CountingTask>();
  const streams = new LiveStreams({
    decoder: jsonDecoder({ valueColumns: ['load'] }),
    open: (streamId) => {
      const task = new CountingTask(streamId);
      tasks.set(streamId, task);
      return task;
    },
    idleMs: 0,
    check: () => {},
    order: inputOrder.parse({}),
    deadLetter: ({ key, value }) => ({ key, value }),
  });
  const counts: number[] = [];
  const faults: unknown[] = [];
  const owner = new PartitionOwner({
    limits: {
      ...{ commitMs: 1, commitBytes: 1e9, snapshotMs: 1e9, snapshotBytes: 1e9, maxBytesPerCommit: 1e9 },
      ...limits,
    },
    writer: {
      open: async () => {},
      write: (unit) =>
        new Promise((finish, fail) => {
          let checkpoint = '';
          void unit.writeCheckpoint(async (_, __, [line]) => {
            checkpoint = String(line?.value);
            return 0n;
          });
          writes.push({ unit, checkpoint, finish, fail });
        }),
      close: async () => {},
    },
    state: {
      streams,
      checkpoint: async (offset, states: readonly LiveStream[]) => {
        const at = [...streams.takeChanges().touched].map((stream) => String(progressOf(stream).offset));
        const value = JSON.stringify({ offset: String(offset), at, states: states.map(({ streamId }) => streamId) });
        return {
          write: async (send) => void (await send('state', 0, [{ key: 'p', value }])),
          stateBytes: 0,
          written: () => {},
        };
      },
    },
    committed: undefined,
    toRecords: ({ findings }) => ({ records: [], findings }),
    onWritten: ({ samples }) => counts.push(samples),
    onFailed: (error) => faults.push(error),
  });
  return { owner, writes, counts, faults, task: (streamId: string) => tasks.get(streamId) as CountingTask };
}

describe('PartitionOwner', () => {
  it('writes what has gathered after the commit time, and the next when that is written', async () => {
    const { owner, writes, counts } = open();
    await owner.process(records(0, 3));
    await eventually('the first unit', () => writes.length === 1);
    await owner.process(records(3, 5));
    expect(writes.length).toBe(1);
    expect(writes[0]?.checkpoint).toBe('{"offset":"3","at":["3"],"states":[]}');
    writes[0]?.finish();
    await eventually('the second unit', () => writes.length === 2);
    expect(writes[1]?.unit.from).toBe(3n);
    expect(writes[1]?.checkpoint).toBe('{"offset":"5","at":["5"],"states":[]}');
    expect(owner.committed).toBe(3n);
    writes[1]?.finish();
    await eventually('all to be written', () => owner.isSettled);
    expect([owner.committed, counts]).toEqual([5n, [3, 2]]);
  });

  it('takes no more records while a full unit waits behind the one that is being written', async () => {
    const { owner, writes } = open({ commitBytes: 500 });
    await owner.process(records(0, 4));
    await eventually('the first unit', () => writes.length === 1);
    await owner.process(records(4, 8));
    let isTaken = false;
    const third = owner.process(records(8, 9)).then(() => {
      isTaken = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isTaken).toBe(false);
    writes[0]?.finish();
    await third;
    expect(writes.map(({ unit }) => unit.offset)).toEqual([4n, 8n]);
  });

  it('tells a fault of a commit with the next records, and goes no further', async () => {
    const { owner, writes, faults } = open();
    await owner.process(records(0, 1));
    await eventually('the first unit', () => writes.length === 1);
    const error = new ConnectorError('CONNECTOR_FAILED', 'Expected to write');
    writes[0]?.fail(error);
    await eventually('the fault', () => owner.hasFailed);
    expect(faults).toEqual([error]);
    await expect(owner.process(records(1, 2))).rejects.toBe(error);
    await expect(owner.finish(true)).rejects.toBe(error);
    expect(owner.committed).toBeUndefined();
  });

  it('writes nothing more when a stream fails in the middle of a batch', async () => {
    const { owner, writes, task } = open({ commitMs: 1e6 });
    await owner.process(records(0, 3));
    const error = new WorkerError('WORKER_CRASHED', 'Expected the worker to live');
    task('a').failure = error;
    await expect(owner.process([...records(3, 5), record(5, 'b')])).rejects.toBe(error);
    await expect(owner.finish(true)).rejects.toBe(error);
    expect(writes).toEqual([]);
  });

  it('writes the states of streams when they are due, without new records', async () => {
    const { owner, writes } = open({ snapshotMs: 30 });
    await owner.process([record(0, 'a'), record(1, 'b')]);
    await eventually('the first unit', () => writes.length === 1);
    writes[0]?.finish();
    await eventually('the states', () => writes.length === 2);
    expect(writes[1]?.checkpoint).toBe('{"offset":"2","at":[],"states":["a","b"]}');
    expect(writes[1]?.unit).toMatchObject({ from: 2n, offset: 2n, findings: [] });
    writes[1]?.finish();
    await eventually('all to be written', () => owner.isSettled);
  });

  it('writes the states of a few streams at a time', async () => {
    const { owner, writes } = open({ snapshotMs: 1, commitMs: 1e6, maxBytesPerCommit: 250 });
    await owner.process(['a', 'b', 'c', 'd', 'e'].map((key, i) => record(i, key)));
    const states: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      await eventually(`commit ${i}`, () => writes.length > i);
      states.push(JSON.parse(writes[i]?.checkpoint ?? '{}').states);
      writes[i]?.finish();
    }
    expect(states).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('writes at its end what is left, with all states where it ends for good', async () => {
    const { owner, writes } = open({ commitMs: 1e6 });
    await owner.process([record(0, 'a'), record(1, 'b')]);
    const done = owner.finish(true);
    await eventually('the last unit', () => writes.length === 1);
    expect(writes[0]?.checkpoint).toBe('{"offset":"2","at":["1","2"],"states":["a","b"]}');
    writes[0]?.finish();
    await done;
    expect(owner.isSettled).toBe(true);
  });
});
