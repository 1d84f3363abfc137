import { kafkajsTransport } from '../../connectors/index.ts';
import { kafkaTargets, summarize } from './figures.ts';
import { openBrokers } from './local-broker.ts';
import type { KafkaLine, KafkaMeasurement, KafkaRestoreMeasurement } from './measurement.ts';
import { modelTime } from './model-time.ts';
import { describeKafkaLine, KAFKA_HEAD } from './report.ts';
import { measureRestore, type RestoreCase } from './restore.ts';
import { smallPipeline } from './small-pipeline.ts';
import { type LoadSize, measureRound, type RoundResult, type Subject } from './throughput.ts';

/** Options of {@link runKafkaBench}. */
export interface RunKafkaOptions {
  /** `host:port,...`. Default: a broker of its own. */
  readonly brokers?: string;
  /** One round, fewer subjects, less of everything: to see that it works. */
  readonly quick: boolean;
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly note: (text: string) => void;
}

/** What is measured, and with how much. */
interface Plan {
  readonly subjects: readonly Subject[];
  readonly rounds: number;
  readonly size: LoadSize;
  readonly restores: readonly RestoreCase[];
}

const FULL: Plan = {
  subjects: subjects([20, 100, 500], [1, 4]),
  rounds: 3,
  size: { backlog: 20_000, steady: 500, stepMs: 10 },
  restores: [
    { config: 'A', streams: 10, replayRecords: 0 },
    { config: 'A', streams: 100, replayRecords: 0 },
    { config: 'A', streams: 100, replayRecords: 2000 },
  ],
};
const QUICK: Plan = {
  subjects: subjects([100], [1]),
  rounds: 1,
  size: { backlog: 2000, steady: 100, stepMs: 10 },
  restores: [{ config: 'A', streams: 2, replayRecords: 20 }],
};

/**
 * Measures what a pipeline between two topics costs beside the client library alone: rate, time from end to end, time of a
 * restart. The subjects take turns in each round. Takes about ten minutes, `quick` half a minute.
 * @throws ConfigError, ConnectorError
 */
export async function runKafkaBench(options: RunKafkaOptions): Promise<KafkaLine[]> {
  const { quick, json, write, note } = options;
  const plan = quick ? QUICK : FULL;
  const { brokers, close } = await openBrokers(options.brokers);
  const emit = (line: KafkaLine): void => write(`${json ? JSON.stringify(line) : describeKafkaLine(line)}\n`);
  try {
    const transport = await kafkajsTransport({ brokers });
    const results = plan.subjects.map((): RoundResult[] => []);
    for (let round = 1; round <= plan.rounds; round++) {
      for (const [i, subject] of plan.subjects.entries()) {
        const { guarantee, commitMs, partitions } = subject;
        note(`round ${round} of ${plan.rounds}: ${guarantee}, ${commitMs ?? '-'} ms, partitions ${partitions}`);
        results[i]?.push(await measureRound(transport, subject, plan.size));
      }
    }
    if (!json) write(`${KAFKA_HEAD}\n`);
    const measured: (KafkaMeasurement | KafkaRestoreMeasurement)[] = [];
    for (const [i, subject] of plan.subjects.entries()) measured.push(summarize(subject, results[i] ?? []));
    for (const line of measured) emit(line);
    for (const one of plan.restores) {
      note(`restore of ${one.streams} streams of ${one.config}, ${one.replayRecords} records again`);
      const line = await measureRestore(transport, one);
      measured.push(line);
      emit(line);
    }
    const names = { brokers: ['localhost:1'], groupId: 'g', input: 'in', output: 'out' };
    const modelMs = await modelTime(smallPipeline({ ...names, guarantee: 'exactly-once', commitMs: 100 }));
    const targets = kafkaTargets(measured, modelMs);
    for (const line of targets) emit(line);
    return [...measured, ...targets];
  } finally {
    await close();
  }
}

function subjects(commits: readonly number[], partitions: readonly number[]): Subject[] {
  return partitions.flatMap((count): Subject[] => [
    { guarantee: 'bare-kafkajs', commitMs: null, partitions: count },
    ...commits.flatMap((commitMs): Subject[] => [
      { guarantee: 'at-least-once', commitMs, partitions: count },
      { guarantee: 'exactly-once', commitMs, partitions: count },
    ]),
  ]);
}
