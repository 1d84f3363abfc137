import type { ICustomPartitioner, Producer } from 'kafkajs';
import { ConnectorError } from '../../core/index.ts';
import type { CheckedConnection } from './connection.ts';
import { toConnectorError } from './kafka-error.ts';
import { bytesOf, METADATA_AGE_MS } from './kafkajs-settings.ts';
import type { KafkaAdmin, KafkaProducer, OutgoingRecord } from './transport.ts';

/** The {@link KafkaProducer} over a connected kafkajs producer. */
export class KafkajsProducer implements KafkaProducer {
  readonly #producer: Producer;
  readonly #admin: KafkaAdmin;
  readonly #partition: ReturnType<ICustomPartitioner>;
  readonly #brokers: readonly string[];
  readonly #counts = new Map<string, { readonly count: number; readonly at: number }>();

  constructor(
    producer: Producer,
    admin: KafkaAdmin,
    createPartitioner: ICustomPartitioner,
    { brokers }: CheckedConnection,
  ) {
    this.#producer = producer;
    this.#admin = admin;
    this.#partition = createPartitioner();
    this.#brokers = brokers;
  }

  async partitionFor(topic: string, key: string | Uint8Array | null): Promise<number> {
    const count = await this.#partitionCount(topic);
    const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 0,
      replicas: [],
      isr: [],
    }));
    const message = { key: key === null ? null : bytesOf(key), value: null };
    return this.#partition({ topic, partitionMetadata, message });
  }

  async send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    const count = await this.#partitionCount(topic); // else the client looks for a missing topic for 13 s
    if (partition >= count) {
      const expectation = `Expected topic ${topic} to have partition ${partition}`;
      throw new ConnectorError(
        'CONNECTOR_FAILED',
        `${expectation} on the Kafka brokers ${this.#brokers.join(', ')}, it has ${count} partitions`,
      );
    }
    try {
      await this.#producer.send({
        topic,
        acks: -1,
        messages: records.map(({ key, value, headers = {}, timestampMs }) => ({
          key: key === null ? null : bytesOf(key),
          value: value === null ? null : bytesOf(value),
          partition,
          headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, bytesOf(text)])),
          ...(timestampMs === undefined ? {} : { timestamp: String(Math.round(timestampMs)) }),
        })),
      });
    } catch (error) {
      const action = `take ${records.length} records of topic ${topic}, partition ${partition}`;
      throw toConnectorError(error, { brokers: this.#brokers, action });
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#producer.disconnect(), this.#admin.close()]);
  }

  async #partitionCount(topic: string): Promise<number> {
    const known = this.#counts.get(topic);
    if (known !== undefined && performance.now() - known.at < METADATA_AGE_MS) return known.count;
    const count = (await this.#admin.partitionCounts([topic])).get(topic);
    if (count === undefined) {
      throw new ConnectorError(
        'CONNECTOR_FAILED',
        `Expected topic ${topic} to exist on the Kafka brokers ${this.#brokers.join(', ')}, it does not`,
      );
    }
    this.#counts.set(topic, { count, at: performance.now() });
    return count;
  }
}
