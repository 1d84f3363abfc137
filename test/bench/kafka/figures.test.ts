import { describe, expect, it } from 'vitest';
import { kafkaTargets, quantile, summarize } from '../../../bench/kafka/figures.ts';
import type { KafkaMeasurement, KafkaRestoreMeasurement } from '../../../bench/kafka/measurement.ts';

const line = (parts: Partial<KafkaMeasurement>): KafkaMeasurement => ({
  bench: 'kafka',
  guarantee: 'exactly-once',
  commitMs: 100,
  partitions: 1,
  rounds: 1,
  recordsPerSecond: 700,
  p50Ms: 60,
  p99Ms: 150,
  ...parts,
});

describe('the figures of the Kafka bench', () => {
  it('a quantile is the smallest value that the share does not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([0, 0.5, 0.99, 1].map((q) => quantile(hundred, q))).toEqual([1, 50, 99, 100]);
    expect(quantile([7], 0.5)).toBe(7);
  });

  it('rates are the median of the rounds, times those of all rounds together', () => {
    const subject = { guarantee: 'at-least-once', commitMs: 20, partitions: 4 } as const;
    const rounds = [
      { recordsPerSecond: 10, latencies: [1, 2] },
      { recordsPerSecond: 1000, latencies: [3, 4] },
      { recordsPerSecond: 30.4, latencies: [5, 60] },
    ];
    expect(summarize(subject, rounds)).toEqual({
      ...{ bench: 'kafka', ...subject, rounds: 3, recordsPerSecond: 30, p50Ms: 3, p99Ms: 60 },
    });
  });

  it('the rate is compared with that without transactions at the same interval and partitions', () => {
    const alo = { guarantee: 'at-least-once' } as const;
    const lines = [line({}), line({ ...alo, recordsPerSecond: 1000 }), line({ ...alo, partitions: 4 })];
    const [rate] = kafkaTargets(lines, 0.5);
    expect(rate).toMatchObject({ rule: 'at-least', limit: 0.7, reached: 0.7, met: true });
    const slower = kafkaTargets([line({ recordsPerSecond: 699 }), ...lines.slice(1)], 0.5)[0];
    expect(slower).toMatchObject({ met: false });
  });

  it('p99 may be two commit intervals and what the model takes, and no more', () => {
    const judge = (p99Ms: number): unknown => kafkaTargets([line({ commitMs: 20, p99Ms })], 2)[0];
    expect(judge(42)).toMatchObject({ limit: 42, reached: 42, met: true });
    expect(judge(43)).toMatchObject({ met: false });
  });

  it('only the restore that the target names is judged', () => {
    const restore = (streams: number, ms: number): KafkaRestoreMeasurement => ({
      ...{ bench: 'kafka-restore', streams, config: 'A', stateBytes: 1, replayRecords: 0, stateMs: 1, ms },
    });
    const targets = kafkaTargets([restore(10, 9000), restore(100, 5001)], 1);
    expect(targets).toEqual([expect.objectContaining({ limit: 5000, reached: 5001, met: false })]);
  });
});
