import { requireInteger, type Sink, StateError } from '../../core/index.ts';
import { requireName } from './source-options.ts';
import type { KafkaProducer, KafkaTransport, OutgoingRecord } from './transport.ts';

/** What a record costs besides its own bytes, generously. */
const RECORD_OVERHEAD_BYTES = 96;

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
        for (const group of await byPartition(producer, records, topic)) {
          for (const part of parts(group.records, maxRequestBytes)) {
            await producer.send(group.topic, group.partition, part);
          }
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

interface PartitionGroup {
  readonly topic: string;
  readonly partition: number;
  readonly records: OutgoingRecord[];
}

async function byPartition(
  producer: KafkaProducer,
  records: readonly OutgoingRecord[],
  defaultTopic: string,
): Promise<Iterable<PartitionGroup>> {
  const groups = new Map<string, PartitionGroup>();
  for (const record of records) {
    const topic = record.topic ?? defaultTopic;
    const partition = record.partition ?? (await producer.partitionFor(topic, record.key));
    const id = `${partition} ${topic}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { topic, partition, records: [record] });
    else group.records.push(record);
  }
  return groups.values();
}

function* parts(records: readonly OutgoingRecord[], maxBytes: number): Generator<readonly OutgoingRecord[]> {
  let from = 0;
  let bytes = 0;
  for (const [i, record] of records.entries()) {
    const size = sizeOf(record);
    if (i > from && bytes + size > maxBytes) {
      yield records.slice(from, i);
      from = i;
      bytes = 0;
    }
    bytes += size;
  }
  yield records.slice(from);
}

function sizeOf({ key, value, headers = {} }: OutgoingRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + lengthOf(key) + lengthOf(value);
  for (const [name, header] of Object.entries(headers)) bytes += name.length + lengthOf(header) + 4;
  return bytes;
}

function lengthOf(value: string | Uint8Array | null): number {
  if (value === null) return 0;
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length;
}
