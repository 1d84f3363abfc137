import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../pipeline/operations/run-event.ts';
import { RunMetrics } from '../../../pipeline/operations/run-metrics.ts';
import { figures } from './prometheus-text.ts';

const NOW_MS = 1_000_000;

async function figuresAfter(...events: RunEvent[]): Promise<ReadonlyMap<string, number>> {
  const metrics = new RunMetrics({
    labels: { pipeline: 'p' },
    loads: () => [{ partition: 3, streams: 4, cacheBytes: 500 }],
    readiness: () => ({ isReady: false, waitsFor: 'partitions', partitions: [{ partition: 3, phase: 'restoring' }] }),
    now: () => NOW_MS,
  });
  for (const event of events) metrics.observe(event);
  return figures(await metrics.text());
}

const committed: RunEvent = {
  ...{ kind: 'committed', partition: 3, ms: 250, records: 7, findings: 5, deadLetters: 2, stateBytes: 900 },
  offset: 7n,
};

describe('RunMetrics', () => {
  it('adds up what commits have written', async () => {
    const found = await figuresAfter(committed, committed);
    expect(found.get('longwave_records_total')).toBe(14);
    expect(found.get('longwave_findings_total')).toBe(10);
    expect(found.get('longwave_dead_letters_total')).toBe(4);
    expect(found.get('longwave_snapshot_bytes_total')).toBe(1800);
    expect(found.get('longwave_commit_seconds_count')).toBe(2);
    expect(found.get('longwave_commit_seconds_sum')).toBe(0.5);
  });

  it('shows the lag of a partition in records and in time, until it is released', async () => {
    const lag: RunEvent = { kind: 'lag', partition: 3, records: 12n, streamTimeMs: NOW_MS - 4500 };
    const found = await figuresAfter(lag);
    expect([found.get('longwave_lag_records 3'), found.get('longwave_lag_seconds 3')]).toEqual([12, 4.5]);
    expect((await figuresAfter(lag, { kind: 'released', partition: 3 })).has('longwave_lag_records 3')).toBe(false);
  });

  it('shows no lag in time where no record waits, or none had a time', async () => {
    const done = await figuresAfter({ kind: 'lag', partition: 0, records: 0n, streamTimeMs: 0 });
    expect(done.get('longwave_lag_seconds 0')).toBe(0);
    const timeless = { kind: 'lag', partition: 0, records: 9n, streamTimeMs: Number.NEGATIVE_INFINITY } as const;
    expect((await figuresAfter(timeless)).get('longwave_lag_seconds 0')).toBe(0);
  });

  it('counts faults of commits by code, and fenced partitions', async () => {
    const aborted: RunEvent = { kind: 'aborted', partition: 3, code: 'TRANSACTION_ABORTABLE' };
    const found = await figuresAfter(aborted, aborted, { kind: 'fenced', partition: 3 });
    expect(found.get('longwave_commit_failures_total TRANSACTION_ABORTABLE')).toBe(2);
    expect(found.get('longwave_fenced_total')).toBe(1);
  });

  it('shows streams, caches and readiness as they are when it is read', async () => {
    const found = await figuresAfter({
      ...{ kind: 'restored', partition: 3, streams: 4, bytes: 77, ms: 1500 },
      replayTo: undefined,
    });
    expect(found.get('longwave_streams 3')).toBe(4);
    expect(found.get('longwave_cache_bytes 3')).toBe(500);
    expect(found.get('longwave_partition_ready 3')).toBe(0);
    expect(found.get('longwave_ready')).toBe(0);
    expect(found.get('longwave_restore_seconds_sum')).toBe(1.5);
    expect(found.get('longwave_restored_bytes_total')).toBe(77);
  });
});
