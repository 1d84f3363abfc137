import type { KafkaMeasurement, KafkaRestoreMeasurement, KafkaTarget } from './measurement.ts';
import type { RoundResult, Subject } from './throughput.ts';

/** Least share of the rate without transactions that transactions leave. */
const RATE_SHARE = 0.7;
/** The commit interval that the rate is compared at, in ms. */
const RATE_COMMIT_MS = 100;
const RESTORE = { config: 'A', streams: 100, ms: 5000 } as const;

/** The figures of a subject: median of the rates, and the times of all rounds together. */
export function summarize(subject: Subject, rounds: readonly RoundResult[]): KafkaMeasurement {
  const latencies = rounds.flatMap((round) => round.latencies);
  return {
    bench: 'kafka',
    ...subject,
    rounds: rounds.length,
    recordsPerSecond: Math.round(
      quantile(
        rounds.map((round) => round.recordsPerSecond),
        0.5,
      ),
    ),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

/**
 * The smallest value that at least the share `q` of the values does not exceed.
 * @param values at least one
 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] as number;
}

/** The targets that the figures allow to judge. */
export function kafkaTargets(
  measured: readonly (KafkaMeasurement | KafkaRestoreMeasurement)[],
  modelMs: number,
): KafkaTarget[] {
  const rates = measured.filter((line) => line.bench === 'kafka');
  const exact = rates.filter(({ guarantee }) => guarantee === 'exactly-once');
  return [
    ...exact.flatMap(({ commitMs, partitions, recordsPerSecond }) => {
      const other = rates.find(
        (line) => line.guarantee === 'at-least-once' && line.commitMs === commitMs && line.partitions === partitions,
      );
      if (other === undefined || commitMs !== RATE_COMMIT_MS) return [];
      const target = `rate with transactions against without, ${commitMs} ms, ${partitionsText(partitions)}`;
      return judged(
        { target, rule: 'at-least', limit: RATE_SHARE, unit: '×' },
        recordsPerSecond / other.recordsPerSecond,
      );
    }),
    ...exact.flatMap(({ commitMs, partitions, p99Ms }) => {
      const target = `p99 below two intervals and the model, ${commitMs} ms, ${partitionsText(partitions)}`;
      return judged({ target, rule: 'at-most', limit: 2 * (commitMs ?? 0) + modelMs, unit: 'ms' }, p99Ms);
    }),
    ...measured.flatMap((line) => {
      if (line.bench !== 'kafka-restore' || line.config !== RESTORE.config || line.streams !== RESTORE.streams)
        return [];
      const target = `restore of ${line.streams} streams of ${line.config}, ${line.replayRecords} records again`;
      return judged({ target, rule: 'at-most', limit: RESTORE.ms, unit: 'ms' }, line.ms);
    }),
  ];
}

function judged(target: Pick<KafkaTarget, 'target' | 'rule' | 'limit' | 'unit'>, reached: number): KafkaTarget[] {
  const met = target.rule === 'at-least' ? reached >= target.limit : reached <= target.limit;
  return [{ bench: 'kafka-target', ...target, reached, met }];
}

function partitionsText(count: number): string {
  return count === 1 ? '1 partition' : `${count} partitions`;
}
