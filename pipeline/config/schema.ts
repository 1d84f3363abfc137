import { z } from 'zod';
import { checkpoint, guarantee } from './checkpoint-schema.ts';
import { compression, kafkaConnection } from './connection-schema.ts';
import { encoder, faultOfEncoder } from './encoder-schema.ts';
import { http } from './http-schema.ts';
import { inputOrder } from './input-schema.ts';
import { logSettings } from './log-schema.ts';
import { replayFaults } from './replay-rules.ts';
import { topicFaults } from './topic-rules.ts';

/** A part of the configuration that names exactly one of several kinds, as `{ wav: { … } }`. */
function oneKind<const T extends Record<string, z.ZodType>>(what: string, kinds: T) {
  const names = Object.keys(kinds);
  const shape = Object.fromEntries(names.map((name) => [name, (kinds[name] as z.ZodType).optional()])) as {
    [K in keyof T]: z.ZodOptional<T[K]>;
  };
  return z
    .strictObject(shape)
    .refine((value) => Object.values(value).filter((part) => part !== undefined).length === 1, {
      message: `Expected exactly one ${what} out of ${names.join(', ')}`,
    });
}

const name = z.string().min(1).max(200);
/** Names of value columns, no name twice. */
function columnNames(max: number) {
  const different = (names: readonly string[]): boolean => new Set(names).size === names.length;
  return z.array(name).min(1).max(max).refine(different, { message: 'Expected every column once' });
}
const topic = z
  .string()
  .regex(
    /^[A-Za-z0-9._-]{1,249}$/,
    'Expected a Kafka topic name: 1 to 249 letters, digits, dots, underscores or dashes',
  );
const kafkaSource = z.strictObject({
  ...kafkaConnection,
  topic,
  groupId: name,
  /** `pcm`: sample blocks with headers for rate, channels and start sample; `json`: one row or an array of rows. */
  format: z.enum(['pcm', 'json']),
  /** Value columns of JSON rows, in order. */
  values: columnNames(64).optional(),
  /** Time column of JSON rows. */
  time: name.optional(),
  fromBeginning: z.boolean().default(true),
  /** Bytes of records that are taken at once, over all partitions; a single larger batch is taken alone. */
  maxInFlightBytes: z
    .int()
    .min(1024)
    .max(1e9)
    .default(32 * 2 ** 20),
  /** Without a heartbeat for this long the group gives the partitions of a process away, in ms. */
  sessionTimeoutMs: z.int().min(1000).max(3_600_000).default(30_000),
});
const csv = { time: name.optional(), values: columnNames(256).optional() };
const source = oneKind('source', {
  wav: z.strictObject({ path: name }),
  csv: z.strictObject({ path: name, ...csv }),
  stdin: z.strictObject({ format: z.enum(['wav', 'csv']), ...csv }),
  kafka: kafkaSource,
});

const front = oneKind('front', {
  logMel: z.strictObject({ sampleRateHz: z.literal(16_000).default(16_000) }),
  scale: z.strictObject({ warmupRows: z.int().min(2).max(100_000).default(100) }),
  /** Rows are tokens as they are. */
  none: z.strictObject({}),
});

const threshold = z.number().min(0).max(1);
const head = oneKind('head', {
  /** One line per encoded token. */
  embedding: z.strictObject({}),
  /** Novelty of the encoding, one line per token. */
  scene: z.strictObject({ threshold: threshold.optional() }),
  /** One line per row: novelty and forecast of the values themselves. */
  anomaly: z.strictObject({
    probationRows: z.int().min(10).max(100_000).optional(),
    tokenRows: z.int().min(1).max(1000).optional(),
    threshold: threshold.optional(),
    /** Rows per day of a series at a steady rate: adds means of the time of day and week to the forecast. */
    rowsPerDay: z.number().min(48).max(1e9).optional(),
    /** Adds the encoding as features of the forecast; needs `encoder`. */
    useEncoder: z.boolean().default(false),
  }),
});

const sink = oneKind('sink', {
  terminal: z.strictObject({}),
  ndjson: z.strictObject({ path: name.optional() }),
  kafka: z.strictObject({
    /** Default: the brokers of the source, and the connection to them. */
    ...kafkaConnection,
    brokers: kafkaConnection.brokers.optional(),
    compression: compression.default('none'),
    topic,
    /** Where records that cannot be read go. Default: the input topic with `.dead-letter` behind it. */
    deadLetterTopic: topic.optional(),
    createTopics: z.boolean().default(true),
  }),
});

/** The schema of a pipeline file. */
export const pipelineSchema = z
  .strictObject({
    name,
    source,
    front: front.optional(),
    encoder: encoder.optional(),
    head,
    sink,
    /** Default: `exactly-once` where findings go to the brokers that the records come from, else `at-least-once`. */
    guarantee: guarantee.optional(),
    /** Commits and states, where the source is Kafka. */
    checkpoint: checkpoint.optional(),
    /** Records out of order, where the source is Kafka. */
    input: inputOrder.optional(),
    /** Endpoints for health, readiness and metrics, where the source is Kafka. Default: none. */
    http: http.optional(),
    /** What is told of the run while it is at work. */
    log: logSettings.optional(),
    /** Worker threads that run models, 1..64. */
    workers: z.int().min(1).max(64).default(1),
    /**
     * Streams of a worker thread that dies go on where they were. Costs as much memory again as their caches; without it the
     * run ends.
     */
    restore: z.boolean().default(true),
  })
  .superRefine((config, context) => {
    const fault = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    const head = config.head;
    if (head.anomaly === undefined && config.encoder === undefined) {
      fault(['encoder'], 'Expected `encoder`, because the head judges encodings');
    }
    const stored = config.encoder !== undefined && 'model' in config.encoder;
    if (head.anomaly === undefined && config.front === undefined && !stored) {
      fault(
        ['front'],
        'Expected `front` to be logMel (audio), scale (series) or none, because the encoder takes tokens',
      );
    }
    if (head.anomaly?.useEncoder === true && config.encoder === undefined) {
      fault(['encoder'], 'Expected `encoder`, because `head.anomaly.useEncoder` is true');
    }
    if (head.anomaly !== undefined && config.front !== undefined) {
      fault(['front'], 'Expected no `front`: the anomaly head takes the values as they are');
    }
    if (config.source.kafka?.format === 'json' && config.source.kafka.values === undefined) {
      fault(['source', 'kafka', 'values'], 'Expected `values` to name the value columns of JSON rows');
    }
    if (
      config.source.kafka === undefined &&
      config.sink.kafka !== undefined &&
      config.sink.kafka.brokers === undefined
    ) {
      fault(['sink', 'kafka', 'brokers'], 'Expected `brokers`, because the source is not Kafka');
    }
    if (config.sink.kafka !== undefined && config.sink.kafka.brokers === undefined) {
      for (const field of ['ssl', 'sasl'] as const) {
        if (config.sink.kafka[field] === undefined) continue;
        fault(
          ['sink', 'kafka', field],
          `Expected \`${field}\` beside \`brokers\` only: without, the source's connection is used`,
        );
      }
    }
    if (config.source.kafka === undefined) {
      if (config.guarantee !== undefined) fault(['guarantee'], 'Expected no `guarantee`: the source is not Kafka');
      if (config.checkpoint !== undefined) fault(['checkpoint'], 'Expected no `checkpoint`: the source is not Kafka');
      if (config.input !== undefined) fault(['input'], 'Expected no `input`: the source is not Kafka');
      if (config.http !== undefined)
        fault(['http'], 'Expected no `http`: the source is not Kafka, so there is no group to be ready in');
    }
    if (config.input?.reorder !== undefined && config.input.gaps === 'dead-letter') {
      fault(['input', 'gaps'], 'Expected `restart` beside `reorder`: records that waited in vain have to go on');
    }
    const isOneCluster = config.sink.kafka !== undefined && config.sink.kafka.brokers === undefined;
    const promised = config.guarantee ?? (isOneCluster ? 'exactly-once' : 'at-least-once');
    for (const { path, message } of replayFaults(config, promised)) fault([...path], message);
    for (const { path, message } of topicFaults(config)) fault([...path], message);
    if (config.guarantee === 'exactly-once' && !isOneCluster) {
      fault(
        ['guarantee'],
        'Expected at-least-once: a transaction holds the findings only where `sink.kafka` writes to the brokers of the source',
      );
    }
    const encoderFault = faultOfEncoder(config.encoder, { causal: head.anomaly?.useEncoder === true });
    if (encoderFault !== undefined) fault(['encoder'], encoderFault);
    const audio =
      config.source.wav !== undefined || config.source.stdin?.format === 'wav' || config.source.kafka?.format === 'pcm';
    if (config.front?.logMel !== undefined && !audio)
      fault(['front', 'logMel'], 'Expected an audio source before logMel');
  });

/** A checked pipeline configuration with its defaults filled in. */
export type PipelineConfig = z.output<typeof pipelineSchema>;

/** The JSON Schema of a pipeline file, for editors. Rules that join two fields are checked by `lint` only. */
export function pipelineJsonSchema(): object {
  return { title: 'Longwave pipeline', ...z.toJSONSchema(pipelineSchema, { io: 'input' }) };
}
