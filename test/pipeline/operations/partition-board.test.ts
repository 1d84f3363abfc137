import { describe, expect, it } from 'vitest';
import { PartitionBoard } from '../../../pipeline/operations/partition-board.ts';
import type { RunEvent } from '../../../pipeline/operations/run-event.ts';

const restored = (partition: number, replayTo?: bigint): RunEvent => ({
  ...{ kind: 'restored', partition, streams: 1, bytes: 10, ms: 1 },
  replayTo,
});

function boardAfter(...events: RunEvent[]): PartitionBoard {
  const board = new PartitionBoard();
  for (const event of events) board.observe(event);
  return board;
}

describe('PartitionBoard', () => {
  it('waits for the group to deal its partitions', () => {
    expect(boardAfter().readiness).toEqual({ isReady: false, waitsFor: 'assignment', partitions: [] });
  });

  it('is ready without partitions: another process has them', () => {
    expect(boardAfter({ kind: 'assigned', partitions: [] }).readiness.isReady).toBe(true);
  });

  it('waits for each partition from the moment it is dealt, and says where it is', () => {
    const board = boardAfter(
      { kind: 'assigned', partitions: [2, 0, 1] },
      { kind: 'claimed', partition: 0 },
      restored(0),
      { kind: 'claimed', partition: 1 },
      restored(1, 70n),
    );
    expect(board.readiness).toEqual({
      isReady: false,
      waitsFor: 'partitions',
      partitions: [
        { partition: 0, phase: 'ready' },
        { partition: 1, phase: 'replaying', replayTo: '70' },
        { partition: 2, phase: 'restoring' },
      ],
    });
    board.observe({ kind: 'live', partition: 1 });
    board.observe(restored(2));
    expect(board.readiness).toMatchObject({ isReady: true, waitsFor: null });
  });

  it('keeps a partition that stays in a rebalance ready, and forgets one that goes', () => {
    const board = boardAfter({ kind: 'assigned', partitions: [0, 1] }, restored(0), { kind: 'claimed', partition: 1 });
    board.observe({ kind: 'assigned', partitions: [0] });
    board.observe({ kind: 'released', partition: 1 });
    expect(board.readiness).toEqual({
      ...{ isReady: true, waitsFor: null },
      partitions: [{ partition: 0, phase: 'ready' }],
    });
  });

  it('is not ready any more while it drains', () => {
    const board = boardAfter({ kind: 'assigned', partitions: [0] }, restored(0), { kind: 'draining' });
    expect(board.readiness).toMatchObject({ isReady: false, waitsFor: 'drain' });
  });
});
