import type { OutgoingRecord } from '../../connectors/index.ts';
import type { PipelineConfig } from '../config/schema.ts';
import type { FindingRecordsOptions } from '../exactly-once/finding-records.ts';
import type { CausedFinding } from '../exactly-once/unit.ts';
import { eventLog } from './event-log.ts';
import { kafkaClientLog } from './kafka-client-log.ts';
import { openRecordOutput } from './kafka-output.ts';
import { openSink } from './open-sink.ts';
import type { RunPipelineOptions } from './pipeline-options.ts';

/** Findings as records of a topic, with all their headers. */
export type FindingsToRecords = (
  findings: readonly CausedFinding[],
  to: Pick<FindingRecordsOptions, 'topic' | 'inputPartition' | 'partition'>,
) => readonly OutgoingRecord[];

/** What {@link openOtherOutput} works with. */
export interface OtherOutputOptions {
  readonly config: PipelineConfig;
  readonly options: RunPipelineOptions;
  readonly toRecords: FindingsToRecords;
  /** Of the input. */
  readonly partitions: number;
}

/** Takes the findings of a topic's partitions. */
export interface OtherOutput {
  /** Resolves when they are there. Partitions may call it side by side. */
  write(findings: readonly CausedFinding[], partition: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens where the findings of a topic go, when that is not a topic of the same cluster.
 * @throws ConnectorError, ConfigError
 */
export async function openOtherOutput(options: OtherOutputOptions): Promise<OtherOutput> {
  const write = await openWrite(options);
  // Partitions are worked on side by side, but writes to one sink must not overlap.
  let turn: Promise<unknown> = Promise.resolve();
  return {
    write: async (findings, partition) => {
      if (findings.length === 0) return;
      const done = turn.then(() => write.all(findings, partition));
      turn = done.catch(() => undefined);
      await done;
    },
    close: async () => {
      await turn;
      await write.close();
    },
  };
}

async function openWrite({ config, options, toRecords, partitions }: OtherOutputOptions) {
  const { kafka } = config.sink;
  if (kafka === undefined) {
    const sink = await openSink(config, options);
    const all = (findings: readonly CausedFinding[]): Promise<void> =>
      sink.write(findings.map(({ finding }) => finding));
    return { all, close: () => sink.close() };
  }
  const log = kafkaClientLog(eventLog(options.log, config.log?.level));
  const sink = await openRecordOutput({ sink: kafka, clientId: config.name, log, partitions });
  const { topic } = kafka;
  const all: OtherOutput['write'] = (findings, inputPartition) =>
    sink.write(toRecords(findings, { topic, inputPartition, partition: undefined }));
  return { all, close: () => sink.close() };
}
