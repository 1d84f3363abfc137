import type { KafkaProducer, OutgoingRecord } from './transport.ts';

/** What a record costs besides its own bytes, generously. */
const RECORD_OVERHEAD_BYTES = 96;

/** Records of one request, however small: the work of the client on them grows with their square. */
export const MAX_REQUEST_RECORDS = 1000;

/** Records that go to the brokers at once: all of one partition. */
export interface RecordRequest {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly OutgoingRecord[];
}

/** Options of {@link requestsOf}. */
export interface RequestOptions {
  /** Tells the partition of a key. */
  readonly to: Pick<KafkaProducer, 'partitionFor'>;
  /** Where records go that name no topic of their own. */
  readonly topic: string;
  /** A larger single record goes alone. */
  readonly maxRequestBytes: number;
}

/** Deals records out to requests of one partition and at most {@link MAX_REQUEST_RECORDS} each; the records of a partition keep their order. */
export async function requestsOf(
  records: readonly OutgoingRecord[],
  { to, topic: defaultTopic, maxRequestBytes }: RequestOptions,
): Promise<RecordRequest[]> {
  const groups = new Map<string, RecordRequest & { readonly records: OutgoingRecord[] }>();
  for (const record of records) {
    const topic = record.topic ?? defaultTopic;
    const partition = record.partition ?? (await to.partitionFor(topic, record.key));
    const id = `${partition} ${topic}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { topic, partition, records: [record] });
    else group.records.push(record);
  }
  return [...groups.values()].flatMap((group) =>
    [...requestParts(group.records, maxRequestBytes)].map((part) => ({ ...group, records: part })),
  );
}

/** Bytes of a record in a request, at most. */
export function recordBytes({ key, value, headers = {} }: OutgoingRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + lengthOf(key) + lengthOf(value);
  for (const [name, header] of Object.entries(headers)) bytes += name.length + lengthOf(header) + 4;
  return bytes;
}

/** Cuts records into runs of at most `maxBytes`; a larger single one goes alone, of no records comes nothing. */
export function* requestParts(
  records: readonly OutgoingRecord[],
  maxBytes: number,
): Generator<readonly OutgoingRecord[]> {
  let from = 0;
  let bytes = 0;
  for (const [i, record] of records.entries()) {
    const size = recordBytes(record);
    if (i > from && (bytes + size > maxBytes || i - from === MAX_REQUEST_RECORDS)) {
      yield records.slice(from, i);
      from = i;
      bytes = 0;
    }
    bytes += size;
  }
  if (from < records.length) yield records.slice(from);
}

function lengthOf(value: string | Uint8Array | null): number {
  if (value === null) return 0;
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length;
}
