import {
  embeddedBroker,
  ensureTopics,
  type KafkaRecord,
  type KafkaTransport,
  type OutgoingRecord,
} from '../../../connectors/index.ts';
import { ModelPool, type PipelineLog, requirePipeline } from '../../../pipeline/index.ts';
import type { RunEvent } from '../../../pipeline/operations/run-event.ts';
import { runKafka } from '../../../pipeline/run/run-kafka.ts';

/** Parts of a {@link BackgroundRun}'s pipeline file. */
export interface PipelineParts {
  readonly checkpoint?: string;
  /** Default 4. */
  readonly hiddenSize?: number;
  /** Further settings of `source.kafka`, with a comma before them. */
  readonly source?: string;
}

/** One partition of input on an embedded broker, and a pipeline at work on it. */
export class BackgroundRun {
  readonly lines: PipelineLog[] = [];
  readonly events: RunEvent[] = [];
  readonly transport: KafkaTransport;
  readonly #stop = new AbortController();
  readonly #close: () => Promise<void>;
  #running: Promise<unknown> = Promise.resolve();

  /** @param transport of a broker that is there already. Default: one of its own */
  constructor(transport?: KafkaTransport) {
    const broker = embeddedBroker();
    this.transport = transport ?? broker.transport();
    this.#close = () => broker.close();
  }

  /** @param topics made beforehand, beside the input */
  async start(parts: PipelineParts = {}, topics: Parameters<typeof ensureTopics>[1] = []): Promise<void> {
    await ensureTopics(this.transport, [{ topic: 'in', partitions: 1 }, ...topics], { create: true });
    const { checkpoint = 'commitMs: 1', source = '', hiddenSize = 4 } = parts;
    const config = requirePipeline(
      `name: background
source:
  kafka: { brokers: ["embedded:1"], topic: in, groupId: g, format: json, values: [a]${source} }
front: { none: {} }
encoder: { hiddenSize: ${hiddenSize}, numLayers: 1, numHeads: 1, ffnSize: 4, window: 4 }
head: { embedding: {} }
sink: { kafka: { topic: g.out, deadLetterTopic: g.dead } }
checkpoint: { ${checkpoint} }
`,
      'background.yaml',
    );
    const pool = new ModelPool({ workers: 1 });
    const kafka = config.source.kafka as NonNullable<typeof config.source.kafka>;
    const options = {
      signal: this.#stop.signal,
      transport: this.transport,
      log: (line: PipelineLog): void => void this.lines.push(line),
      observe: (event: RunEvent): void => void this.events.push(event),
    };
    this.#running = runKafka({ config, kafka, pool, options }).finally(() => pool.close());
    this.#running.catch(() => {}); // told by `ended` and `stop`
  }

  async send(...records: readonly OutgoingRecord[]): Promise<void> {
    const producer = await this.transport.producer();
    for (const record of records) await producer.send('in', 0, [record]);
    await producer.close();
  }

  async committed(): Promise<bigint | undefined> {
    const admin = await this.transport.admin();
    const committed = (await admin.committed('g', 'in')).get(0);
    await admin.close();
    return committed;
  }

  /** The committed records of a topic's partition 0. */
  async read(topic: string): Promise<KafkaRecord[]> {
    const admin = await this.transport.admin();
    const { low, high } = (await admin.offsets(topic))[0]!;
    await admin.close();
    const reader = await this.transport.reader({ topics: [topic], groupId: 'verdict' });
    const records: KafkaRecord[] = [];
    for await (const batch of reader.read({ topic, partition: 0, from: low, to: high })) records.push(...batch);
    await reader.close();
    return records;
  }

  /** Resolves when the run is over. @throws what ended it */
  ended(): Promise<unknown> {
    return this.#running;
  }

  /** Lets the run drain; the broker stays. @throws what ended it */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async close(): Promise<void> {
    await this.stop().catch(() => {}); // told before
    await this.#close();
  }
}

/** A record of one row of stream `key`. */
export function row(key: string, value: number, timestampMs = 1e12): OutgoingRecord {
  return { key, value: JSON.stringify({ a: value }), timestampMs };
}
