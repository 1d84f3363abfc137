import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureTopics, type KafkaProducer, type KafkaTransport, type OutgoingRecord } from '../../connectors/index.ts';
import { Random } from '../../core/index.ts';

const SEED = 1;
const STREAMS_PER_PARTITION = 4;
const FILL_BATCH = 1000;

/** A topic with an output of its own, and the records that go in. One value each; the streams take turns. */
export class Load {
  readonly input = `bench-${randomUUID()}`;
  readonly output = `${this.input}-out`;
  readonly partitions: number;
  readonly #transport: KafkaTransport;
  readonly #random = new Random(SEED);
  #sent = 0;

  private constructor(transport: KafkaTransport, partitions: number) {
    this.#transport = transport;
    this.partitions = partitions;
  }

  static async open(transport: KafkaTransport, partitions: number): Promise<Load> {
    const load = new Load(transport, partitions);
    const topics = [load.input, load.output].map((topic) => ({ topic, partitions }));
    await ensureTopics(transport, topics, { create: true });
    return load;
  }

  /** Sends a backlog, as fast as it goes. */
  async fill(count: number): Promise<void> {
    const producer = await this.#transport.producer();
    try {
      for (let left = count; left > 0; left -= FILL_BATCH) await this.#send(producer, Math.min(left, FILL_BATCH));
    } finally {
      await producer.close();
    }
  }

  /** Sends one record every `stepMs`, each with the time of its sending. */
  async steady(count: number, stepMs: number): Promise<void> {
    const producer = await this.#transport.producer();
    try {
      const start = performance.now();
      for (let i = 0; i < count; i++) {
        await sleep(Math.max(0, start + i * stepMs - performance.now()));
        await this.#send(producer, 1);
      }
    } finally {
      await producer.close();
    }
  }

  async #send(producer: KafkaProducer, count: number): Promise<void> {
    const records = Array.from({ length: count }, () => this.#next());
    for (let partition = 0; partition < this.partitions; partition++) {
      const own = records.filter((record) => record.partition === partition);
      if (own.length > 0) await producer.send(this.input, partition, own);
    }
  }

  #next(): OutgoingRecord {
    const index = this.#sent++;
    const key = `sensor-${index % (STREAMS_PER_PARTITION * this.partitions)}`;
    const value = JSON.stringify({ a: this.#random.nextSymmetric(1) });
    return { key, value, partition: index % this.partitions, timestampMs: Date.now() };
  }
}
