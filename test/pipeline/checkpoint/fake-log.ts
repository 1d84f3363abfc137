import type { KafkaRecord, OutgoingRecord, PartitionRange } from '../../../connectors/index.ts';
import type { SendRecords } from '../../../pipeline/checkpoint/index.ts';

export const PARTITION = 3;

const bytesOf = (value: string | Uint8Array | null): Uint8Array | null =>
  typeof value === 'string' ? new TextEncoder().encode(value) : (value?.slice() ?? null);

/** One partition of each of some topics in memory: what was committed, with the holes that compaction and transactions leave. */
export class FakeLog {
  readonly topics = new Map<string, KafkaRecord[]>();
  /** All reads so far. */
  readonly reads: PartitionRange[] = [];
  recordsRead = 0;
  readonly #next = new Map<string, bigint>();

  readonly admin = {
    offsets: async (topic: string) => {
      const low = this.recordsOf(topic)[0]?.offset ?? this.#nextOf(topic);
      return [
        { partition: PARTITION - 1, low: 0n, high: 0n },
        { partition: PARTITION, low, high: this.#nextOf(topic) },
      ];
    },
  };

  readonly reader = { read: (range: PartitionRange) => this.#read(range) };

  recordsOf(topic: string): KafkaRecord[] {
    const known = this.topics.get(topic) ?? [];
    this.topics.set(topic, known);
    return known;
  }

  /** Writes at once, as a producer without transactions does. */
  readonly send: SendRecords = async (topic, partition, records) => {
    const { first, made } = this.#made(topic, partition, records);
    this.recordsOf(topic).push(...made);
    return first;
  };

  /** Records that count when they are committed; a marker takes an offset in each topic either way. */
  begin(): { readonly send: SendRecords; commit(): void; abort(): void } {
    const pending: KafkaRecord[] = [];
    const end = (): void => {
      for (const topic of new Set(pending.map((record) => record.topic)))
        this.#next.set(topic, this.#nextOf(topic) + 1n);
    };
    return {
      send: async (topic, partition, records) => {
        const { first, made } = this.#made(topic, partition, records);
        pending.push(...made);
        return first;
      },
      commit: () => {
        for (const record of pending) this.recordsOf(record.topic).push(record);
        end();
      },
      abort: end,
    };
  }

  /** Keeps the last record of each key, without tombstones. */
  compact(): void {
    for (const [topic, records] of this.topics) {
      const last = new Map(records.map((record) => [keyOf(record), record]));
      this.topics.set(
        topic,
        records.filter((record) => last.get(keyOf(record)) === record && record.value !== null),
      );
    }
  }

  /** The keys whose last record is no tombstone. */
  liveKeys(topic: string): string[] {
    const last = new Map(this.recordsOf(topic).map((record) => [keyOf(record), record]));
    return [...last]
      .filter(([, { value }]) => value !== null)
      .map(([key]) => key)
      .sort();
  }

  #nextOf(topic: string): bigint {
    return this.#next.get(topic) ?? 0n;
  }

  #made(topic: string, partition: number, records: readonly OutgoingRecord[]) {
    if (partition !== PARTITION || records.length === 0) throw new Error(`${records.length} records for ${partition}`);
    const first = this.#nextOf(topic);
    this.#next.set(topic, first + BigInt(records.length));
    const made = records.map(
      ({ key, value, headers = {} }, i): KafkaRecord => ({
        ...{ topic, partition, offset: first + BigInt(i), timestampMs: 0 },
        ...{ key: bytesOf(key), value: bytesOf(value) },
        headers: new Map(Object.entries(headers).map(([name, header]) => [name, bytesOf(header) as Uint8Array])),
      }),
    );
    return { first, made };
  }

  async *#read(range: PartitionRange): AsyncIterable<readonly KafkaRecord[]> {
    const { topic, partition, from, to } = range;
    if (partition !== PARTITION || from >= to) throw new Error(`a read of ${from}..${to} of ${partition}`);
    this.reads.push(range);
    const found = this.recordsOf(topic).filter(({ offset }) => offset >= from && offset < to);
    for (let i = 0; i < found.length; i += 3) {
      this.recordsRead += Math.min(3, found.length - i);
      yield found.slice(i, i + 3);
    }
  }
}

/** The text of a record's key. */
export function keyOf({ key }: KafkaRecord): string {
  return new TextDecoder().decode(key ?? new Uint8Array(0));
}
