import { describe, expect, it } from 'vitest';
import { jsonDecoder, type KafkaRecord, TransactionError } from '../../../connectors/index.ts';
import { inputOrder } from '../../../pipeline/config/input-schema.ts';
import type { StreamProgress } from '../../../pipeline/exactly-once/live-stream.ts';
import { LiveStreams } from '../../../pipeline/exactly-once/live-streams.ts';
import { PartitionKeeper } from '../../../pipeline/exactly-once/partition-keeper.ts';
import { PartitionOwner } from '../../../pipeline/exactly-once/partition-owner.ts';
import type { PartitionWriter } from '../../../pipeline/exactly-once/partition-writer.ts';
import type { RunEvent } from '../../../pipeline/operations/run-event.ts';
import { CountingTask } from './counting-task.ts';

const LIMITS = { commitMs: 1e6, commitBytes: 1e9, snapshotMs: 1e9, snapshotBytes: 1e9, maxBytesPerCommit: 1e9 };

const record = (offset: number): KafkaRecord => ({
  ...{ topic: 'in', partition: 0, offset: BigInt(offset), headers: new Map(), timestampMs: 100 * offset },
  key: Buffer.from('a'),
  value: Buffer.from(`{"load":${offset}}`),
});

/** A keeper of one partition, whose streams replay from offset 0 to `replayTo`. */
function keeping(writer: Partial<PartitionWriter> = {}, replayTo?: bigint) {
  const events: RunEvent[] = [];
  const closed: string[] = [];
  const keeper = new PartitionKeeper({
    graceMs: 0,
    observe: (event) => events.push(event),
    log: () => {},
    openWriter: () => ({
      open: async () => {},
      write: async () => {},
      close: async () => void closed.push('writer'),
      ...writer,
    }),
    restore: async () => {
      const streams = new LiveStreams({
        decoder: jsonDecoder({ valueColumns: ['load'] }),
        open: (streamId) => new CountingTask(streamId),
        idleMs: 0,
        check: () => {},
        order: inputOrder.parse({}),
        deadLetter: ({ key, value }) => ({ key, value }),
      });
      const progress = new Map<string, StreamProgress>();
      if (replayTo !== undefined)
        streams.resume([], { liveFrom: replayTo, streamTimeMs: 0, progress, isUpToDate: false });
      const checkpoint = async () => ({ write: async () => {}, stateBytes: 0, written: () => {} });
      return { state: { streams, checkpoint }, from: 0n, bytes: 70 };
    },
    openOwner: (_, parts) =>
      new PartitionOwner({
        ...{ ...parts, limits: LIMITS, onWritten: () => {}, onFailed: () => {} },
        toRecords: ({ findings }) => ({ records: [], findings }),
      }),
  });
  return { keeper, events, closed };
}

async function begin(keeper: PartitionKeeper, committed: bigint): Promise<void> {
  await keeper.onClaim(0);
  await keeper.onAssigned(0, committed, { commit: async () => true, lost: () => {} });
}

const take = (keeper: PartitionKeeper, offsets: readonly number[], highWatermarkOffset: bigint): Promise<void> =>
  keeper.onRecords({
    ...{ topic: 'in', partition: 0, attempt: 1, signal: new AbortController().signal, highWatermarkOffset },
    records: offsets.map(record),
    nextOffset: BigInt((offsets.at(-1) ?? -1) + 1),
  });

describe('PartitionKeeper', () => {
  it('tells how a partition comes, lags, and goes', async () => {
    const { keeper, events } = keeping();
    await begin(keeper, 0n);
    await take(keeper, [0, 1], 5n);
    await keeper.onRevoked(0, true);
    expect(events).toEqual([
      { kind: 'claimed', partition: 0 },
      { kind: 'restored', partition: 0, streams: 0, bytes: 70, ms: expect.any(Number), replayTo: undefined },
      { kind: 'lag', partition: 0, records: 5n, streamTimeMs: Number.NEGATIVE_INFINITY },
      { kind: 'lag', partition: 0, records: 3n, streamTimeMs: 100 },
      { kind: 'released', partition: 0 },
    ]);
  });

  it('tells when a partition that replays has caught up, and not before', async () => {
    const { keeper, events } = keeping({}, 3n);
    await begin(keeper, 3n);
    expect(events.find(({ kind }) => kind === 'restored')).toMatchObject({ replayTo: 3n });
    await take(keeper, [0, 1], 9n);
    expect(events.some(({ kind }) => kind === 'live')).toBe(false);
    await take(keeper, [2, 3], 9n);
    await take(keeper, [4], 9n);
    expect(events.filter(({ kind }) => kind === 'live')).toEqual([{ kind: 'live', partition: 0 }]);
  });

  it('tells that another process has the partition when it is claimed', async () => {
    const open = () => Promise.reject(new TransactionError('fenced', 'Expected to be alone'));
    const { keeper, events } = keeping({ open });
    await expect(keeper.onClaim(0)).rejects.toMatchObject({ code: 'TRANSACTION_FENCED' });
    expect(events.at(-1)).toEqual({ kind: 'fenced', partition: 0 });
  });

  it('closes the writer of a partition whose end is still being written', async () => {
    const { keeper, closed } = keeping({ write: () => new Promise(() => {}) });
    await begin(keeper, 0n);
    await take(keeper, [0], 1n);
    void keeper.onRevoked(0, true);
    await keeper.close();
    expect(closed).toEqual(['writer']);
  });
});
