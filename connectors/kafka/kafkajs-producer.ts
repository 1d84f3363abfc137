import type { ICustomPartitioner, Producer } from 'kafkajs';
import { toConnectorError } from './kafka-error.ts';
import { openAdmin } from './kafkajs-admin.ts';
import { compressionNumber } from './kafkajs-codecs.ts';
import type { KafkajsLink } from './kafkajs-link.ts';
import { KafkajsPartitions } from './kafkajs-partitions.ts';
import { firstOffset, toMessage } from './kafkajs-record.ts';
import { RETRY } from './kafkajs-settings.ts';
import { withinTime } from './reachable.ts';
import type { KafkaProducer, OutgoingRecord } from './transport.ts';

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
  const { brokers } = link.connection;
  return new KafkajsProducer(link, producer, new KafkajsPartitions(await openAdmin(link), brokers, createPartitioner));
}

class KafkajsProducer implements KafkaProducer {
  readonly #link: KafkajsLink;
  readonly #producer: Producer;
  readonly #partitions: KafkajsPartitions;

  constructor(link: KafkajsLink, producer: Producer, partitions: KafkajsPartitions) {
    this.#link = link;
    this.#producer = producer;
    this.#partitions = partitions;
  }

  partitionFor(topic: string, key: string | Uint8Array | null): Promise<number> {
    return this.#partitions.partitionFor(topic, key);
  }

  async send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<bigint> {
    if (records.length === 0) return -1n;
    await this.#partitions.require(topic, partition);
    const { brokers, sendTimeoutMs: timeoutMs } = this.#link.connection;
    const compression = compressionNumber(this.#link.connection.compression);
    const messages = records.map((record) => toMessage(record, partition));
    try {
      const sent = this.#producer.send({ topic, acks: -1, compression, messages });
      return firstOffset(await withinTime(sent, { brokers, timeoutMs }));
    } catch (error) {
      this.#link.cut(); // nothing may be written after this answer
      const action = `take ${records.length} records of topic ${topic}, partition ${partition}`;
      throw toConnectorError(error, { brokers, action });
    }
  }

  async close(): Promise<void> {
    await this.#link.disconnect(this.#producer);
    await this.#partitions.close();
  }
}
