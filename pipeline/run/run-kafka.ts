import {
  deadLetterTopic,
  type KafkaLog,
  kafkajsTransport,
  kafkaSource,
  TransactionError,
} from '../../connectors/index.ts';
import { checkpoint } from '../config/checkpoint-schema.ts';
import type { PipelineConfig } from '../config/schema.ts';
import { PartitionKeeper } from '../exactly-once/partition-keeper.ts';
import { PartitionOwner } from '../exactly-once/partition-owner.ts';
import { PartitionRestorer } from '../exactly-once/partition-restorer.ts';
import type { Unit } from '../exactly-once/unit.ts';
import type { ModelPool } from '../workers/model-pool.ts';
import { isAnomalous } from './finding.ts';
import { openKafkaOutputs } from './kafka-outputs.ts';
import { type KafkaTopics, prepareTopics } from './kafka-topics.ts';
import { configuredModel } from './models.ts';
import type { PipelineSummary, RunPipelineOptions } from './pipeline-options.ts';

type KafkaSourceConfig = NonNullable<PipelineConfig['source']['kafka']>;

/** Bytes of caches whose states go into one commit. */
const MAX_STATE_BYTES_PER_COMMIT = 16 * 2 ** 20;

/** What {@link runKafka} works with. */
export interface RunKafkaOptions {
  readonly config: PipelineConfig;
  readonly kafka: KafkaSourceConfig;
  readonly pool: ModelPool;
  readonly options: RunPipelineOptions;
}

/**
 * Runs a pipeline whose input is a topic, until the signal drains it. Each stream key of a partition has a state of its
 * own, which outlives the process: a partition that is assigned goes on where its last commit left it, so a front or a
 * look-ahead holds back nothing on a drain that a restart would not give.
 * @throws ConnectorError, WorkerError; StateError `INPUT_EXPIRED`, `REPLAY_MISMATCH`; ConfigError and WeightsError from the
 *   model, before anything is read
 */
export async function runKafka({ kafka, config, options, pool }: RunKafkaOptions): Promise<PipelineSummary> {
  const settings = checkpoint.parse(config.checkpoint ?? {});
  const columns = kafka.values ?? ['audio'];
  const spec = await configuredModel(config, {
    kind: kafka.format === 'pcm' ? 'audio' : 'series',
    channels: columns.length,
  });
  // A model that cannot be built or read is told here, not by the first record.
  await (await pool.open(spec)).close();
  const log = (event: string, fields: Readonly<Record<string, unknown>>): void => options.log?.({ event, ...fields });
  const clientLog: KafkaLog = (level, message, fields) => {
    // The client's own chatter says nothing that our events do not.
    if (fields.logger === 'kafkajs' && (level === 'info' || level === 'debug')) return;
    log('kafka', { level, message, ...fields });
  };
  const transport = await kafkajsTransport({ brokers: kafka.brokers, clientId: config.name, log: clientLog });
  const isOneCluster = config.sink.kafka !== undefined && config.sink.kafka.brokers === undefined;
  const topics: KafkaTopics = await prepareTopics(
    config,
    {
      input: kafka.topic,
      groupId: kafka.groupId,
      deadLetters: config.sink.kafka?.deadLetterTopic ?? deadLetterTopic(kafka.topic),
      output: isOneCluster ? config.sink.kafka?.topic : undefined,
      settings,
    },
    transport,
  );
  const totals = { samples: 0, findings: 0, anomalies: 0, deadLetters: 0 };
  const count = ({ samples, findings, deadLetters }: Unit): void => {
    totals.samples += samples;
    totals.findings += findings.length;
    totals.anomalies += findings.filter(({ finding }) => isAnomalous(finding)).length;
    totals.deadLetters += deadLetters.length;
  };
  const stop = new AbortController();
  let failure: unknown;
  const fail = (error: unknown): void => {
    if (error instanceof TransactionError && error.fault === 'fenced') return;
    failure ??= error;
    stop.abort();
  };
  const outputs = await openKafkaOutputs({ config, kafka, options, transport, topics, spec, log });
  const restorer = new PartitionRestorer({ pool, spec, columns, kafka, topics, transport, settings, log });
  const limits = { ...settings, maxBytesPerCommit: MAX_STATE_BYTES_PER_COMMIT };
  const keeper = new PartitionKeeper({
    graceMs: settings.graceMs,
    log,
    openWriter: outputs.openWriter,
    restore: (partition, committed) => restorer.restore(partition, committed),
    openOwner: (partition, parts) =>
      new PartitionOwner({
        ...parts,
        limits,
        toRecords: (unit) => outputs.toRecords(partition, unit),
        onWritten: count,
        onFailed: fail,
      }),
  });
  const source = kafkaSource({
    transport,
    topic: kafka.topic,
    groupId: kafka.groupId,
    startFrom: kafka.fromBeginning ? 'earliest' : 'latest',
    sessionTimeoutMs: kafka.sessionTimeoutMs,
    commits: 'handler',
    // What may be tried again is tried again where it is written.
    retry: { maxAttempts: 1 },
    log: clientLog,
  });
  const signals = options.signal === undefined ? [stop.signal] : [stop.signal, options.signal];
  try {
    await source.run(keeper, AbortSignal.any(signals));
  } catch (error) {
    failure ??= error;
  } finally {
    await keeper.close();
    await restorer.close();
    await outputs.close();
  }
  if (failure !== undefined) throw failure;
  return totals;
}
