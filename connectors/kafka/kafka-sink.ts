import { requireInteger, type Sink, StateError } from '../../core/index.ts';
import { requestsOf } from './record-requests.ts';
import { requireName } from './source-options.ts';
import type { KafkaProducer, KafkaTransport, OutgoingRecord } from './transport.ts';

/** Options of {@link kafkaSink}. */
export interface KafkaSinkOptions {
  readonly transport: KafkaTransport;
  /** Where records go that name no topic of their own. */
  readonly topic: string;
  /** Bytes of one request, below the topic's `max.message.bytes`; a larger single record is sent alone. Default 900000. */
  readonly maxRequestBytes?: number;
}

/**
 * A sink that writes to Kafka; `write` resolves when all in-sync replicas have every record. The order of the records
 * of one partition is kept. Records without a partition go where their key's murmur2 says, as with every Kafka client.
 *
 * One request carries records of one partition and is awaited before the next: a request that spans brokers writes
 * twice when one of them answers with an error. After a failed write the producer is replaced, because the broker
 * may have taken records whose answer was lost, and would take the next ones for their repetition.
 *
 * Connects at the first write.
 * @throws ConfigError `CONFIG_INVALID`; from `write` ConnectorError `CONNECTOR_UNREACHABLE`, `CONNECTOR_FAILED`
 */
export function kafkaSink(options: KafkaSinkOptions): Sink<OutgoingRecord> {
  const { transport } = options;
  const topic = requireName('topic', options.topic);
  const maxRequestBytes = requireInteger('maxRequestBytes', options.maxRequestBytes ?? 900_000, {
    min: 1,
    max: 2 ** 30,
  });
  let producer: KafkaProducer | undefined;
  let closed = false;
  return {
    name: `kafka:${topic}`,
    async write(records) {
      if (closed) throw new StateError('STREAM_CLOSED', `Expected the sink kafka:${topic} to be open, it is closed`);
      if (records.length === 0) return;
      producer ??= await transport.producer();
      try {
        for (const request of await requestsOf(records, { to: producer, topic, maxRequestBytes })) {
          await producer.send(request.topic, request.partition, request.records);
        }
      } catch (error) {
        const failed = producer;
        producer = undefined;
        await failed.close().catch(() => {});
        throw error;
      }
    },
    async close() {
      closed = true;
      const open = producer;
      producer = undefined;
      await open?.close();
    },
  };
}
