import {
  type KafkaRecord,
  type KafkaSourceHandler,
  type KafkaSourceOptions,
  type KafkaTransport,
  kafkaSink,
  kafkaSource,
  type OutgoingRecord,
} from '../../../connectors/kafka/index.ts';
import { eventually } from './broker-setup.ts';

/** Bytes as text; `''` for none. */
export function text(bytes: Uint8Array | null | undefined): string {
  return bytes === null || bytes === undefined ? '' : Buffer.from(bytes).toString();
}

/** A source at work in the background. */
export interface RunningSource {
  /** Settles when the source has ended. */
  readonly done: Promise<void>;
  /** Aborts and waits for the end. */
  stop(): Promise<void>;
}

/** Runs a source in the background. */
export function running(options: KafkaSourceOptions, handler: KafkaSourceHandler): RunningSource {
  const abort = new AbortController();
  const done = kafkaSource({ sessionTimeoutMs: 6000, ...options }).run(handler, abort.signal);
  done.catch(() => {});
  return {
    done,
    stop: async () => {
      abort.abort();
      await done;
    },
  };
}

/** Writes records through a sink of its own. */
export async function produce(
  transport: KafkaTransport,
  topic: string,
  records: readonly OutgoingRecord[],
): Promise<void> {
  const sink = kafkaSink({ transport, topic });
  await sink.write(records);
  await sink.close();
}

/** Reads a topic from its beginning until `count` records have come. */
export async function readAll(transport: KafkaTransport, topic: string, count: number): Promise<KafkaRecord[]> {
  const read: KafkaRecord[] = [];
  const onRecords: KafkaSourceHandler['onRecords'] = async ({ records }) => {
    read.push(...records);
  };
  const source = running({ transport, topic, groupId: `reader-of-${topic}` }, { onRecords });
  await eventually(`${count} records of ${topic}`, () => read.length >= count);
  await source.stop();
  return read;
}

/** The committed records of a partition, all of them. */
export async function readRange(
  transport: KafkaTransport,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): Promise<KafkaRecord[]> {
  const admin = await transport.admin();
  const { low, high } = (await admin.offsets(topic)).find((offsets) => offsets.partition === partition)!;
  await admin.close();
  const reader = await transport.reader({ topics: [topic], groupId: `r-${topic}` });
  const read: KafkaRecord[] = [];
  for await (const records of reader.read({ topic, partition, from: low, to: high })) read.push(...records);
  await reader.close();
  return read;
}

/** Committed offset of each partition in order; 0 where there is none. */
export async function committed(transport: KafkaTransport, topic: string, groupId: string): Promise<bigint[]> {
  const admin = await transport.admin();
  try {
    const offsets = [...(await admin.committed(groupId, topic)).entries()];
    return offsets.sort(([a], [b]) => a - b).map(([, offset]) => offset ?? 0n);
  } finally {
    await admin.close();
  }
}

/** Records with the values 0, 1, 2, ... dealt out to partitions in turn. */
export function numbered(count: number, partitions: number): OutgoingRecord[] {
  return Array.from({ length: count }, (_, i) => ({ key: `k${i % 5}`, value: String(i), partition: i % partitions }));
}

/** The texts '0', '1', ... of a range. */
export function texts(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => String(from + i));
}
