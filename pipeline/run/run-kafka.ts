import { deadLetterTopic, kafkajsTransport, kafkaSource, lateTopic, TransactionError } from '../../connectors/index.ts';
import { LongwaveError } from '../../core/index.ts';
import { checkpoint } from '../config/checkpoint-schema.ts';
import { guaranteeOf } from '../config/guarantee-of.ts';
import { inputOrder } from '../config/input-schema.ts';
import { openKafkaConnection } from '../config/kafka-connection.ts';
import type { PipelineConfig } from '../config/schema.ts';
import { type KafkaTopics, prepareTopics } from '../exactly-once/kafka-topics.ts';
import { PartitionKeeper } from '../exactly-once/partition-keeper.ts';
import { type CommitCost, PartitionOwner } from '../exactly-once/partition-owner.ts';
import { PartitionRestorer } from '../exactly-once/partition-restorer.ts';
import type { Unit } from '../exactly-once/unit.ts';
import { type EventLog, type Operations, openOperations, watchedLog } from '../operations/index.ts';
import { isAnomalous } from '../streams/finding.ts';
import { replayField } from '../streams/replay-field.ts';
import type { ModelPool } from '../workers/model-pool.ts';
import { eventLog } from './event-log.ts';
import { kafkaClientLog } from './kafka-client-log.ts';
import { openKafkaOutputs } from './kafka-outputs.ts';
import { localStates } from './local-states.ts';
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
export async function runKafka(parts: RunKafkaOptions): Promise<PipelineSummary> {
  const { config, options } = parts;
  const log = eventLog(options.log, config.log?.level);
  const operations = await openOperations({ config, observe: options.observe, log });
  const onAbort = (): void => operations.observe({ kind: 'draining' });
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(parts, { operations, log });
  } catch (error) {
    operations.observe({ kind: 'failed', code: error instanceof LongwaveError ? error.code : 'UNEXPECTED' });
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    await operations.close();
  }
}

async function work(
  { kafka, config, options, pool }: RunKafkaOptions,
  { operations, log }: { readonly operations: Operations; readonly log: EventLog },
): Promise<PipelineSummary> {
  const { observe } = operations;
  const { brokers, topic, groupId } = kafka;
  const settings = checkpoint.parse(config.checkpoint ?? {});
  const columns = kafka.values ?? ['audio'];
  const spec = await configuredModel(config, {
    kind: kafka.format === 'pcm' ? 'audio' : 'series',
    channels: columns.length,
  });
  const field = settings.restore === 'replay' ? await replayField(spec) : undefined;
  // A model that cannot be built or read is told here, not by the first record.
  await (await pool.open(spec)).close();
  log('started', { brokers, topic, groupId, guarantee: guaranteeOf(config) });
  const clientLog = kafkaClientLog(log);
  const isOneCluster = config.sink.kafka !== undefined && config.sink.kafka.brokers === undefined;
  const compression = isOneCluster ? config.sink.kafka?.compression : undefined;
  const as = { field: 'source.kafka', clientId: config.name, compression, log: clientLog } as const;
  const transport = options.transport ?? (await kafkajsTransport(await openKafkaConnection(kafka, as)));
  const order = inputOrder.parse(config.input ?? {});
  const deadLetters = config.sink.kafka?.deadLetterTopic ?? deadLetterTopic(topic);
  const topics: KafkaTopics = await prepareTopics(
    config,
    {
      input: topic,
      groupId,
      deadLetters,
      late: order.late === 'topic' ? lateTopic(topic) : deadLetters,
      output: isOneCluster ? config.sink.kafka?.topic : undefined,
      settings,
    },
    transport,
  );
  const totals = { samples: 0, findings: 0, anomalies: 0, deadLetters: 0, duplicates: 0 };
  const count = (partition: number, unit: Unit, cost: CommitCost): void => {
    const { samples, findings, deadLetters, records, offset } = unit;
    totals.samples += samples;
    totals.findings += findings.length;
    totals.anomalies += findings.filter(({ finding }) => isAnomalous(finding)).length;
    totals.deadLetters += deadLetters.length;
    totals.duplicates += unit.duplicates;
    const figures = { records, findings: findings.length, deadLetters: deadLetters.length };
    observe({ kind: 'committed', partition, offset, ...figures, ...cost });
  };
  const stop = new AbortController();
  let failure: unknown;
  const fail = (partition: number, error: unknown, lost: () => void): void => {
    if (error instanceof TransactionError && error.fault === 'fenced') {
      observe({ kind: 'fenced', partition });
      lost();
      return;
    }
    failure ??= error;
    stop.abort();
  };
  const outputs = await openKafkaOutputs({
    config,
    kafka,
    options,
    transport,
    topics,
    spec,
    log: watchedLog(log, observe),
  });
  const { localDir: directory } = settings;
  const states =
    directory === undefined ? undefined : localStates({ directory, topic: topics.checkpoint.snapshots, log });
  const restorer = new PartitionRestorer({
    ...(states === undefined ? {} : { copiesOf: states.of }),
    pool,
    spec,
    columns,
    kafka,
    topics,
    transport,
    settings,
    order,
    field,
    log,
  });
  const never = { snapshotMs: Number.POSITIVE_INFINITY, snapshotBytes: Number.POSITIVE_INFINITY };
  const limits = {
    ...settings,
    ...(field === undefined ? {} : never),
    maxBytesPerCommit: MAX_STATE_BYTES_PER_COMMIT,
  };
  const keeper = new PartitionKeeper({
    graceMs: settings.graceMs,
    observe,
    log,
    openWriter: outputs.openWriter,
    restore: (partition, committed) => restorer.restore(partition, committed),
    openOwner: (partition, parts) =>
      new PartitionOwner({
        ...parts,
        limits,
        toRecords: (unit) => outputs.toRecords(partition, unit),
        onWritten: (unit, cost) => count(partition, unit, cost),
        onFailed: (error) => fail(partition, error, parts.lost),
      }),
  });
  const source = kafkaSource({
    transport,
    topic,
    groupId,
    startFrom: kafka.fromBeginning ? 'earliest' : 'latest',
    sessionTimeoutMs: kafka.sessionTimeoutMs,
    maxInFlightBytes: kafka.maxInFlightBytes,
    drainMs: settings.drainMs,
    commits: 'handler',
    // What may be tried again is tried again where it is written.
    retry: { maxAttempts: 1 },
    log: clientLog,
  });
  operations.watch(() =>
    [...keeper.owners].map(([partition, { state }]) => {
      const { size: streams, cacheBytes } = state.streams;
      return { partition, streams, cacheBytes };
    }),
  );
  const signals = options.signal === undefined ? [stop.signal] : [stop.signal, options.signal];
  try {
    await source.run(keeper, AbortSignal.any(signals));
  } catch (error) {
    failure ??= error;
  } finally {
    // Work that could not be drained ends with its worker; nothing may wait for it.
    if (failure !== undefined) await pool.close();
    await keeper.close();
    await restorer.close();
    await outputs.close();
    await states?.close();
  }
  if (failure !== undefined) throw failure;
  return totals;
}
