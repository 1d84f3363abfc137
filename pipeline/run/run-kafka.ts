import {
  deadLetterTopic,
  ensureTopics,
  type KafkaLog,
  type KafkaTransport,
  kafkajsTransport,
  kafkaSink,
  kafkaSource,
  type OutgoingRecord,
} from '../../connectors/index.ts';
import type { Sink } from '../../core/index.ts';
import type { PipelineConfig } from '../config/schema.ts';
import type { ModelPool } from '../workers/model-pool.ts';
import { isAnomalous } from './finding.ts';
import { toKafkaRecord } from './kafka-output.ts';
import { configuredModel } from './models.ts';
import { openSink } from './open-sink.ts';
import { type Made, PartitionStreams } from './partition-streams.ts';
import type { PipelineSummary, RunPipelineOptions } from './pipeline-options.ts';

type KafkaSourceConfig = NonNullable<PipelineConfig['source']['kafka']>;

/** What {@link runKafka} works with. */
export interface RunKafkaOptions {
  readonly config: PipelineConfig;
  readonly kafka: KafkaSourceConfig;
  readonly pool: ModelPool;
  readonly options: RunPipelineOptions;
}

/**
 * Runs a pipeline whose input is a topic, until the signal drains it. At least once: the offsets of a batch are
 * committed after its findings and dead letters were acknowledged. Each stream key of a partition has a task of its own;
 * a partition that is assigned begins with fresh tasks. What a front or a look-ahead holds back is written on a drain,
 * before a gap and when a partition moves; offsets do not wait for it.
 * @throws ConnectorError, WorkerError; ConfigError and WeightsError from the model, before anything is read
 */
export async function runKafka(run: RunKafkaOptions): Promise<PipelineSummary> {
  const { kafka, config, options, pool } = run;
  const columns = kafka.values ?? ['audio'];
  const kind = kafka.format === 'pcm' ? 'audio' : 'series';
  const spec = await configuredModel(config, { kind, channels: columns.length });
  // A model that cannot be built or read is told here, not by the first record.
  await (await pool.open(spec)).close();
  const log: KafkaLog = (level, message, fields) => {
    // The client's own chatter says nothing that our events do not.
    if (fields.logger === 'kafkajs' && (level === 'info' || level === 'debug')) return;
    options.log?.({ event: 'kafka', level, message, ...fields });
  };
  const transport = await kafkajsTransport({ brokers: kafka.brokers, clientId: config.name, log });
  const deadLetters = config.sink.kafka?.deadLetterTopic ?? deadLetterTopic(kafka.topic);
  await prepareTopics(run, transport, deadLetters);
  const output = await openOutput(run, transport, deadLetters);
  const totals = { samples: 0, findings: 0, anomalies: 0, deadLetters: 0 };
  const count = (made: Made): void => {
    totals.samples += made.samples;
    totals.findings += made.findings.length;
    totals.anomalies += made.findings.filter(isAnomalous).length;
    totals.deadLetters += made.deadLetters.length;
  };
  const partitions = new Map<number, PartitionStreams>();
  const partitionOptions = { pool, spec, columns, kafka, deadLetterTopic: deadLetters, log: options.log };
  const streamsOf = (partition: number): PartitionStreams => {
    const known = partitions.get(partition) ?? new PartitionStreams({ ...partitionOptions, partition });
    partitions.set(partition, known);
    return known;
  };
  const end = async (partition: number): Promise<void> => {
    const streams = partitions.get(partition);
    partitions.delete(partition);
    if (streams === undefined) return;
    // Rows that a front or a look-ahead still holds back were read and committed: their findings are owed.
    try {
      const owed = await streams.finish();
      await output.write(owed);
      count(owed);
    } catch (error) {
      // The fault that ends the run is told by the run; here only what it cost.
      const message = error instanceof Error ? error.message : String(error);
      options.log?.({ event: 'owed-findings-lost', partition, message });
    }
    await streams.close();
  };
  const source = kafkaSource({
    transport,
    topic: kafka.topic,
    groupId: kafka.groupId,
    startFrom: kafka.fromBeginning ? 'earliest' : 'latest',
    log,
  });
  try {
    await source.run(
      {
        onAssigned: async (partition, offset) => {
          await end(partition);
          options.log?.({ event: 'assigned', partition, offset: offset === undefined ? null : String(offset) });
        },
        onRevoked: end,
        onRecords: async ({ partition, records }) => {
          const made = await streamsOf(partition).process(records);
          await output.write(made);
          count(made);
        },
      },
      options.signal ?? new AbortController().signal,
    );
  } finally {
    await Promise.all([...partitions.values()].map((streams) => streams.close()));
    await output.close();
  }
  return totals;
}

/** Where findings and dead letters go; both acknowledged when `write` resolves. */
interface KafkaRunOutput {
  write(made: Made): Promise<void>;
  close(): Promise<void>;
}

async function openOutput(
  run: RunKafkaOptions,
  transport: KafkaTransport,
  deadLetterTopic: string,
): Promise<KafkaRunOutput> {
  const { config, options } = run;
  const { brokers, topic } = config.sink.kafka ?? {};
  const outTransport = brokers === undefined ? transport : await kafkajsTransport({ brokers, clientId: config.name });
  const records: Sink<OutgoingRecord> | undefined =
    topic === undefined ? undefined : kafkaSink({ transport: outTransport, topic });
  const findings = records === undefined ? await openSink(config, options) : undefined;
  const letters = kafkaSink({ transport, topic: deadLetterTopic });
  // Partitions are worked on side by side, but writes to one sink must not overlap.
  let turn: Promise<void> = Promise.resolve();
  const write = async (made: Made): Promise<void> => {
    if (made.deadLetters.length > 0) await letters.write(made.deadLetters);
    if (made.findings.length === 0) return;
    if (records !== undefined) await records.write(made.findings.map(toKafkaRecord));
    else await findings?.write(made.findings);
  };
  return {
    write: (made) => {
      const done = turn.then(() => write(made));
      turn = done.catch(() => undefined);
      return done;
    },
    close: async () => {
      await turn;
      await Promise.all([records?.close(), findings?.close(), letters.close()]);
    },
  };
}

async function prepareTopics(
  { config, kafka }: RunKafkaOptions,
  transport: KafkaTransport,
  deadLetterTopic: string,
): Promise<void> {
  const partitions = (await ensureTopics(transport, [{ topic: kafka.topic }])).get(kafka.topic) ?? 1;
  const create = config.sink.kafka?.createTopics ?? true;
  await ensureTopics(transport, [{ topic: deadLetterTopic, partitions }], { create });
  const sink = config.sink.kafka;
  if (sink !== undefined && sink.brokers === undefined)
    await ensureTopics(transport, [{ topic: sink.topic, partitions }], { create });
}
