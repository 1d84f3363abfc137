import type { CommitOffset, KafkaTransport } from '../../connectors/index.ts';
import type { PipelineConfig } from '../config/schema.ts';
import { AcknowledgedWriter } from '../exactly-once/acknowledged-writer.ts';
import { findingRecords } from '../exactly-once/finding-records.ts';
import type { KafkaTopics } from '../exactly-once/kafka-topics.ts';
import type { PartitionWriter, PartitionWriterOptions, WritableUnit } from '../exactly-once/partition-writer.ts';
import { TransactionWriter } from '../exactly-once/transaction-writer.ts';
import type { CausedFinding, Unit } from '../exactly-once/unit.ts';
import { type EventLog, transactionalIdOf } from '../operations/index.ts';
import type { ModelSpec } from '../workers/model-spec.ts';
import { modelId } from './model-id.ts';
import { type FindingsToRecords, openOtherOutput } from './other-output.ts';
import type { RunPipelineOptions } from './pipeline-options.ts';

/** Bytes of one request to a broker, below the usual `max.message.bytes`. */
const MAX_REQUEST_BYTES = 900_000;
/** How long running work puts up with brokers that do not answer. */
const OUTAGE_MS = 120_000;

/** What {@link openKafkaOutputs} works with. */
export interface KafkaOutputsOptions {
  readonly config: PipelineConfig;
  readonly kafka: NonNullable<PipelineConfig['source']['kafka']>;
  readonly options: RunPipelineOptions;
  readonly transport: KafkaTransport;
  readonly topics: KafkaTopics;
  readonly spec: ModelSpec;
  readonly log: EventLog;
}

/** Where what comes of the partitions goes. */
export interface KafkaOutputs {
  /** The findings of a unit as records, where they go to Kafka with it, else as they are. */
  toRecords(partition: number, unit: Unit): Pick<WritableUnit, 'records' | 'findings'>;
  openWriter(partition: number, commit: CommitOffset): PartitionWriter;
  close(): Promise<void>;
}

/**
 * Opens the outputs of a pipeline whose input is a topic.
 * @throws ConnectorError, ConfigError from a sink that is not the input's cluster
 */
export async function openKafkaOutputs(parts: KafkaOutputsOptions): Promise<KafkaOutputs> {
  const { config, kafka, options, transport, topics, spec, log } = parts;
  const { output, partitions } = topics;
  const common = (partition: number): PartitionWriterOptions => ({
    ...{ partition, log, maxRequestBytes: MAX_REQUEST_BYTES, outageMs: OUTAGE_MS },
    onStep: options.onCommitStep ?? (() => {}),
  });
  const source = `/longwave/${config.name}/${kafka.topic}`;
  const id = await modelId(spec);
  const toRecords: FindingsToRecords = (findings, to) => findingRecords(findings, { ...to, source, modelId: id });
  const other = output === undefined ? await openOtherOutput({ config, options, toRecords, partitions }) : undefined;
  return {
    toRecords: (partition, { findings, deadLetters }) => {
      const place = topics.isAligned ? { partition } : {};
      const letters = deadLetters.map((letter) => ({ ...letter, ...place }));
      if (output === undefined) return { records: letters, findings };
      const to = { topic: output, inputPartition: partition, partition: place.partition };
      return { records: [...toRecords(findings, to), ...letters], findings: [] };
    },
    openWriter: (partition, commitOffset) => {
      const { topic, groupId } = kafka;
      if (!topics.isExact) {
        const writeFindings = async (findings: readonly CausedFinding[]): Promise<void> =>
          other?.write(findings, partition);
        return new AcknowledgedWriter({ ...common(partition), transport, topic, writeFindings, commitOffset });
      }
      const transactionalId = transactionalIdOf({ name: config.name, groupId, topic, partition });
      const committed = async (): Promise<bigint | undefined> => {
        const admin = await transport.admin();
        return admin
          .committed(groupId, topic)
          .then((offsets) => offsets.get(partition))
          .finally(() => admin.close());
      };
      return new TransactionWriter({ ...common(partition), transport, groupId, topic, transactionalId, committed });
    },
    close: async () => other?.close(),
  };
}
