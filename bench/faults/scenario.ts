import { randomUUID } from 'node:crypto';
import { ensureTopics, type KafkaTransport, type OutgoingRecord } from '../../connectors/index.ts';
import { Random } from '../../core/index.ts';

/** Ms between the timestamps of records: the input's own time, not that of the test. */
const STEP_MS = 10;

/** Sizes of a {@link Scenario}. */
export interface ScenarioOptions {
  readonly partitions: number;
  /** Stream keys, dealt out to the partitions. */
  readonly keys: number;
  readonly seed: number;
  /** Further lines of the pipeline file. */
  readonly extra?: string;
  /** Settings of `checkpoint`. */
  readonly checkpoint?: string;
  readonly sessionTimeoutMs?: number;
}

/** A pipeline with an input of its own, whose records depend on the seed alone. */
export class Scenario {
  readonly input: string;
  readonly partitions: number;
  readonly #transport: KafkaTransport;
  readonly #options: ScenarioOptions;
  readonly #random: Random;
  /** Of the first record: brokers delete records by their age. */
  readonly #startMs = Date.now();
  #sent = 0;

  private constructor(transport: KafkaTransport, options: ScenarioOptions) {
    this.#transport = transport;
    this.#options = options;
    this.partitions = options.partitions;
    this.input = `faults-${randomUUID()}`;
    this.#random = new Random(options.seed);
  }

  static async open(transport: KafkaTransport, options: ScenarioOptions): Promise<Scenario> {
    const scenario = new Scenario(transport, options);
    await ensureTopics(transport, [{ topic: scenario.input, partitions: options.partitions }], { create: true });
    return scenario;
  }

  /** Records sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Sends the next records: two values each, walks that never repeat. */
  async send(count: number): Promise<void> {
    const records = Array.from({ length: count }, () => this.#next());
    const producer = await this.#transport.producer();
    try {
      for (let partition = 0; partition < this.partitions; partition++) {
        const own = records.filter((record) => record.partition === partition);
        if (own.length > 0) await producer.send(this.input, partition, own);
      }
    } finally {
      await producer.close();
    }
  }

  /** The pipeline file of a run: its own group and output. `brokers`: the way it reaches them, where that is another. */
  pipeline(run: string, brokers: readonly string[] = this.#transport.brokers): string {
    const {
      extra = '',
      checkpoint = 'commitMs: 20, snapshotMs: 300, graceMs: 2000',
      sessionTimeoutMs = 6000,
    } = this.#options;
    const source = `topic: ${this.input}, groupId: ${this.group(run)}, format: json, values: [a, b]`;
    return `name: faults
source:
  kafka: { brokers: ${JSON.stringify(brokers)}, ${source}, sessionTimeoutMs: ${sessionTimeoutMs} }
front: { scale: { warmupRows: 20 } }
encoder: { hiddenSize: 16, numLayers: 2, numHeads: 2, ffnSize: 32, window: 32 }
head: { embedding: {} }
sink: { kafka: { topic: ${this.output(run)}, deadLetterTopic: ${this.output(run)}.dead } }
checkpoint: { ${checkpoint} }
${extra}
`;
  }

  group(run: string): string {
    return `${this.input}-${run}`;
  }

  output(run: string): string {
    return `${this.input}-${run}-out`;
  }

  #next(): OutgoingRecord {
    const { keys } = this.#options;
    const index = this.#sent++;
    const key = index % keys;
    const value = JSON.stringify({ a: this.#random.nextSymmetric(3), b: index + this.#random.nextUnit() });
    return {
      key: `sensor-${key}`,
      value,
      partition: key % this.partitions,
      timestampMs: this.#startMs + index * STEP_MS,
    };
  }
}
