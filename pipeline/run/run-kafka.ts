import {
  deadLetterRecord,
  deadLetterTopic,
  ensureTopics,
  jsonDecoder,
  type KafkaLog,
  type KafkaRecord,
  type KafkaTransport,
  kafkajsTransport,
  kafkaSink,
  kafkaSource,
  type OutgoingRecord,
  pcmDecoder,
  type RecordDecoder,
} from '../../connectors/index.ts';
import { type Chunk, chunkLength, InputError, ShapeError, type Sink } from '../../core/index.ts';
import type { PipelineConfig } from '../config/schema.ts';
import type { ModelPool } from '../workers/model-pool.ts';
import { type Finding, isAnomalous } from './finding.ts';
import { toKafkaRecord } from './kafka-output.ts';
import { configuredModel } from './models.ts';
import { openSink } from './open-sink.ts';
import type { PipelineSummary, RunPipelineOptions } from './pipeline-options.ts';
import { StreamTask } from './stream-task.ts';

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
 * a partition that is assigned begins with fresh tasks.
 * @throws ConnectorError, WorkerError
 */
export async function runKafka(run: RunKafkaOptions): Promise<PipelineSummary> {
  const { kafka, config, options } = run;
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
  const streamsOf = (partition: number): PartitionStreams => {
    const known = partitions.get(partition) ?? new PartitionStreams(run, deadLetters);
    partitions.set(partition, known);
    return known;
  };
  const end = async (partition: number): Promise<void> => {
    const streams = partitions.get(partition);
    partitions.delete(partition);
    if (streams === undefined) return;
    // Rows that a front still holds back were read and committed: their findings are owed.
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

/** What a batch of records came to. */
interface Made {
  readonly findings: Finding[];
  readonly deadLetters: OutgoingRecord[];
  samples: number;
}

/** The streams of one partition, by key, and their decoder. */
class PartitionStreams {
  readonly #run: RunKafkaOptions;
  readonly #deadLetterTopic: string;
  readonly #decoder: RecordDecoder;
  readonly #tasks = new Map<string, StreamTask>();
  /** A batch that is tried again has moved the streams already: what it made is kept until it is written. */
  #last: { readonly records: readonly KafkaRecord[]; readonly made: Made } | undefined;

  constructor(run: RunKafkaOptions, deadLetterTopic: string) {
    const { kafka } = run;
    this.#run = run;
    this.#deadLetterTopic = deadLetterTopic;
    this.#decoder =
      kafka.format === 'pcm'
        ? pcmDecoder()
        : jsonDecoder({
            ...(kafka.values === undefined ? {} : { valueColumns: kafka.values }),
            ...(kafka.time === undefined ? {} : { timeColumn: kafka.time }),
          });
  }

  async process(records: readonly KafkaRecord[]): Promise<Made> {
    if (this.#last?.records === records) return this.#last.made;
    const made: Made = { findings: [], deadLetters: [], samples: 0 };
    for (const record of records) {
      try {
        const chunk = this.#decoder.decode(record);
        made.findings.push(...(await this.#taskOf(chunk).process(chunk)));
        made.samples += chunkLength(chunk);
      } catch (error) {
        if (!(error instanceof InputError || error instanceof ShapeError)) throw error;
        made.deadLetters.push(deadLetterRecord(record, error, { topic: this.#deadLetterTopic }));
        const { topic, partition, offset } = record;
        this.#run.options.log?.({
          event: 'dead-letter',
          topic,
          partition,
          offset: String(offset),
          code: error.code,
          message: error.message,
        });
      }
    }
    this.#last = { records, made };
    return made;
  }

  /** What the streams still owe at their end. */
  async finish(): Promise<Made> {
    const owed = await Promise.all([...this.#tasks.values()].map((task) => task.finish()));
    return { findings: owed.flat(), deadLetters: [], samples: 0 };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#tasks.values()].map((task) => task.close()));
    this.#tasks.clear();
  }

  #taskOf(chunk: Chunk): StreamTask {
    const { streamId } = chunk;
    let task = this.#tasks.get(streamId);
    if (task === undefined) {
      const { config, kafka, pool } = this.#run;
      const columns = kafka.values ?? ['audio'];
      task = new StreamTask(pool, { spec: configuredModel(config, columns.length), streamId, columns });
      this.#tasks.set(streamId, task);
    }
    return task;
  }
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
