import { describeBytes } from '../complexity/units.ts';
import type { KafkaLine } from './measurement.ts';

/** Head of the table that {@link describeKafkaLine} makes the rows of. */
export const KAFKA_HEAD = 'guarantee      commit     partitions  records per second  p50        p99';

/** One row for people, without a line end. */
export function describeKafkaLine(line: KafkaLine): string {
  switch (line.bench) {
    case 'kafka': {
      const { guarantee, commitMs, partitions, recordsPerSecond, p50Ms, p99Ms } = line;
      const commit = commitMs === null ? 'each batch' : `${commitMs} ms`;
      const start = `${guarantee.padEnd(13)}  ${commit.padEnd(10)} ${String(partitions).padStart(10)}`;
      return `${start}  ${String(recordsPerSecond).padStart(18)}  ${ms(p50Ms).padEnd(9)}  ${ms(p99Ms)}`;
    }
    case 'kafka-restore': {
      const { streams, config, stateBytes, replayRecords, stateMs, ms: all } = line;
      const what = `restore  ${streams} streams of ${config}, ${describeBytes(stateBytes)}, ${replayRecords} records again`;
      return `${what}: ${ms(all)}, the states ${ms(stateMs)} of it`;
    }
    case 'kafka-target': {
      const { target, rule, limit, unit, reached, met } = line;
      const sign = rule === 'at-most' ? '≤' : '≥';
      const wanted = `${sign} ${Number(limit.toPrecision(3))} ${unit}`;
      return `${target.padEnd(68)}  ${wanted.padEnd(11)}  ${String(Number(reached.toPrecision(3))).padStart(5)} ${unit}  ${met ? 'met' : 'MISSED'}`;
    }
  }
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}
