import type { ICustomPartitioner, Message, Producer } from 'kafkajs';
import { ConnectorError } from '../../core/index.ts';
import { toConnectorError } from './kafka-error.ts';
import { openAdmin } from './kafkajs-admin.ts';
import type { KafkajsLink } from './kafkajs-link.ts';
import { bytesOf, METADATA_AGE_MS, RETRY } from './kafkajs-settings.ts';
import { withinTime } from './reachable.ts';
import type { KafkaAdmin, KafkaProducer, OutgoingRecord } from './transport.ts';

/** The {@link KafkaProducer} over kafkajs, connected. */
export async function openProducer(link: KafkajsLink, createPartitioner: ICustomPartitioner): Promise<KafkaProducer> {
  const producer = link.client.producer({
    createPartitioner,
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    retry: RETRY,
  });
  await link.connect(producer);
  return new KafkajsProducer(link, producer, await openAdmin(link), createPartitioner());
}

class KafkajsProducer implements KafkaProducer {
  readonly #link: KafkajsLink;
  readonly #producer: Producer;
  readonly #admin: KafkaAdmin;
  readonly #partition: ReturnType<ICustomPartitioner>;
  readonly #brokers: readonly string[];
  readonly #counts = new Map<string, { readonly count: number; readonly at: number }>();

  constructor(link: KafkajsLink, producer: Producer, admin: KafkaAdmin, partition: ReturnType<ICustomPartitioner>) {
    this.#link = link;
    this.#producer = producer;
    this.#admin = admin;
    this.#partition = partition;
    this.#brokers = link.connection.brokers;
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
    const timeoutMs = this.#link.connection.sendTimeoutMs;
    const sent = this.#producer.send({
      topic,
      acks: -1,
      messages: records.map((record) => toMessage(record, partition)),
    });
    try {
      await withinTime(sent, { brokers: this.#brokers, timeoutMs });
    } catch (error) {
      this.#link.cut(); // nothing may be written after this answer
      const action = `take ${records.length} records of topic ${topic}, partition ${partition}`;
      throw toConnectorError(error, { brokers: this.#brokers, action });
    }
  }

  async close(): Promise<void> {
    await this.#link.disconnect(this.#producer);
    await this.#admin.close();
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

function toMessage({ key, value, headers = {}, timestampMs }: OutgoingRecord, partition: number): Message {
  return {
    key: key === null ? null : bytesOf(key),
    value: value === null ? null : bytesOf(value),
    partition,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, bytesOf(text)])),
    ...(timestampMs === undefined ? {} : { timestamp: String(Math.round(timestampMs)) }),
  };
}
