import {
  type EmbeddedBroker,
  ensureTopics,
  type KafkaRecord,
  type KafkaTransport,
  type OutgoingRecord,
} from '../../../connectors/index.ts';
import { type ModelPool, type PipelineConfig, type PipelineLog, requirePipeline } from '../../../pipeline/index.ts';
import { runKafka } from '../../../pipeline/run/run-kafka.ts';
import { type Death, DyingTransport, type ReadingHook } from './dying-transport.ts';

/** Bytes of a fetch: a few records, so that an input is many batches. */
const MAX_BYTES_PER_FETCH = 1024;

const NO_DEATH: Death = { calls: Number.POSITIVE_INFINITY, isCarriedOut: false };

/** Parts of a pipeline file, each in YAML on one line. */
export type Sections = Readonly<Record<string, string>>;

const DEFAULT_SECTIONS: Sections = {
  front: '{ scale: { warmupRows: 4 } }',
  encoder: '{ hiddenSize: 4, numLayers: 2, numHeads: 1, ffnSize: 4, window: 4, lookAhead: 1 }',
  head: '{ embedding: {} }',
  checkpoint: '{ commitMs: 1, snapshotBytes: 1024, idleMs: 500 }',
};

/** How a run goes. */
export interface RunOptions {
  /** Default: it does not die before its end. */
  readonly death?: Death;
  readonly reading?: ReadingHook;
  /** What becomes of it when all is committed. Default `drain`, which writes the states of all streams. */
  readonly end?: 'drain' | 'die';
  /** Takes the log, also of a run that fails. */
  readonly lines?: PipelineLog[];
}

/** A pipeline over an embedded broker: one input, and a group and an output for each of its runs. */
export class EmbeddedPipeline {
  readonly transport: KafkaTransport;
  readonly #pool: ModelPool;
  readonly #sections: Sections;

  /** @param sections of the pipeline file that are others than by default, or further ones */
  constructor(broker: EmbeddedBroker, pool: ModelPool, sections: Sections = {}) {
    this.transport = broker.transport();
    // A run that fails closes its pool; here the next one goes on with it.
    this.#pool = {
      open: (...request: Parameters<ModelPool['open']>) => pool.open(...request),
      restore: (...request: Parameters<ModelPool['restore']>) => pool.restore(...request),
      close: async () => {},
    } as unknown as ModelPool;
    this.#sections = { ...DEFAULT_SECTIONS, ...sections };
  }

  /** Makes the input and fills it. */
  async fill(records: readonly OutgoingRecord[], partitions: number): Promise<void> {
    await ensureTopics(this.transport, [{ topic: 'in', partitions }], { create: true });
    await this.send(records);
  }

  /** Sends further records, one after the other. */
  async send(records: readonly OutgoingRecord[]): Promise<void> {
    const producer = await this.transport.producer();
    for (const record of records) await producer.send('in', record.partition ?? 0, [record]);
    await producer.close();
  }

  config(run: string): PipelineConfig {
    return requirePipeline(
      `name: embedded
source:
  kafka: { brokers: ["embedded:1"], topic: in, groupId: ${run}, format: json, values: [a, b] }
sink: { kafka: { topic: ${run}.out, deadLetterTopic: ${run}.dead } }
${Object.entries(this.#sections)
  .map(([name, text]) => `${name}: ${text}`)
  .join('\n')}`,
      'embedded.yaml',
    );
  }

  /** Works until all of the input is committed; then it drains, or dies. @throws what ends the run before */
  async run(name: string, options: RunOptions = {}): Promise<readonly PipelineLog[]> {
    const { death = NO_DEATH, reading, end = 'drain', lines = [] } = options;
    const stop = new AbortController();
    const config = this.config(name);
    const dying = new DyingTransport(this.transport, {
      ...{ ...death, maxBytesPerFetch: MAX_BYTES_PER_FETCH },
      ...(reading === undefined ? {} : { reading }),
    });
    const { transport } = dying;
    const kafka = config.source.kafka as NonNullable<PipelineConfig['source']['kafka']>;
    let over = false;
    const log = (line: PipelineLog): void => void lines.push(line);
    const running = runKafka({
      ...{ config, kafka, pool: this.#pool },
      options: { signal: stop.signal, transport, log },
    }).finally(() => {
      over = true;
    });
    running.catch(() => {}); // thrown below
    while (!over && !(await this.isCommitted(name))) await new Promise((resolve) => setTimeout(resolve, 1));
    if (over || end === 'drain') {
      stop.abort();
      await running;
    } else {
      dying.die();
      stop.abort();
      await running.catch(() => {});
    }
    return lines;
  }

  async isCommitted(name: string): Promise<boolean> {
    const admin = await this.transport.admin();
    const ends = await admin.offsets('in');
    const committed = await admin.committed(name, 'in');
    await admin.close();
    return ends.every(({ partition, high }) => (committed.get(partition) ?? 0n) >= high);
  }

  /** Writes a record of a run's state topics by hand. */
  async write(topic: string, record: OutgoingRecord): Promise<void> {
    const producer = await this.transport.producer();
    await producer.send(topic, record.partition ?? 0, [record]);
    await producer.close();
  }

  /** Moves a run's group by hand. */
  async move(name: string, offset: bigint): Promise<void> {
    const producer = await this.transport.transactional({ transactionalId: 'by-hand' });
    await producer.begin();
    await producer.sendOffset({ groupId: name, topic: 'in', partition: 0, offset });
    await producer.commit();
    await producer.close();
  }

  /** The committed records of partition 0 of a topic. */
  async read(topic: string): Promise<KafkaRecord[]> {
    const admin = await this.transport.admin();
    const { low, high } = (await admin.offsets(topic))[0]!;
    const reader = await this.transport.reader({ topics: [topic], groupId: 'verdict' });
    const records: KafkaRecord[] = [];
    for await (const batch of reader.read({ topic, partition: 0, from: low, to: high })) records.push(...batch);
    await reader.close();
    await admin.close();
    return records;
  }

  /** What a reader of committed records sees of a run's findings and dead letters, without the names that are the run's own. */
  async output(name: string): Promise<readonly string[]> {
    const lines: string[] = [];
    const admin = await this.transport.admin();
    for (const topic of [`${name}.out`, `${name}.dead`]) {
      const reader = await this.transport.reader({ topics: [topic], groupId: 'verdict' });
      for (const { partition, low, high } of await admin.offsets(topic)) {
        for await (const batch of reader.read({ topic, partition, from: low, to: high })) {
          for (const { key, value, headers, timestampMs } of batch) {
            const named = [...headers].map(([header, bytes]) => [header, Buffer.from(bytes).toString('latin1')]);
            const [own, content] = [key, value].map((bytes) => bytes && Buffer.from(bytes).toString('latin1'));
            lines.push(JSON.stringify([topic.slice(name.length), partition, own, content, named, timestampMs]));
          }
        }
      }
      await reader.close();
    }
    await admin.close();
    return lines;
  }
}
