import type { KafkaRecord, KafkaTransport } from '../../connectors/index.ts';

/** What a reader of committed records finds in a topic, per partition, in order: each record as one text, headers included. */
export type Committed = readonly (readonly CommittedRecord[])[];

/** A record without its offset, which aborted and control records shift. */
export interface CommittedRecord {
  /** `ce_id`, or the key where there is none. */
  readonly id: string;
  /** All of it: key, value, headers, timestamp. */
  readonly bytes: string;
}

/** How an output differs from that of an unfailed run. */
export interface Verdict {
  readonly expected: number;
  readonly got: number;
  /** Records of the unfailed run that are not there. */
  readonly lost: number;
  /** Records that are there once more than in the unfailed run. */
  readonly duplicated: number;
  /** Records with an id of the unfailed run and other bytes. */
  readonly changed: number;
  /** Partitions whose records are the same but stand in another order. */
  readonly reordered: number;
  readonly isIdentical: boolean;
}

/** Reads all committed records of a topic. */
export async function readCommitted(transport: KafkaTransport, topic: string): Promise<Committed> {
  const admin = await transport.admin();
  const offsets = await admin.offsets(topic).finally(() => admin.close());
  const reader = await transport.reader({ topics: [topic], groupId: `verdict-${topic}` });
  try {
    const partitions: CommittedRecord[][] = [];
    for (const { partition, low, high } of offsets) {
      const records: CommittedRecord[] = [];
      for await (const batch of reader.read({ topic, partition, from: low, to: high }))
        records.push(...batch.map(toCommitted));
      partitions.push(records);
    }
    return partitions;
  } finally {
    await reader.close();
  }
}

/** Records in all partitions. */
export function countOf(committed: Committed): number {
  return committed.reduce((sum, records) => sum + records.length, 0);
}

/** Compares byte for byte, partition by partition. */
export function compare(expected: Committed, got: Committed): Verdict {
  let [lost, duplicated, changed, reordered] = [0, 0, 0, 0];
  for (let partition = 0; partition < Math.max(expected.length, got.length); partition++) {
    const [wanted, found] = [expected[partition] ?? [], got[partition] ?? []];
    const left = counts(wanted);
    for (const { id, bytes } of found) {
      const variants = left.get(id);
      const same = variants?.get(bytes) ?? 0;
      if (variants !== undefined && same > 0) variants.set(bytes, same - 1);
      else if (variants !== undefined && !variants.has(bytes)) changed += 1;
      else duplicated += 1;
    }
    const missing = [...left.values()].reduce((sum, variants) => sum + total(variants), 0);
    lost += missing;
    const isSame = wanted.length === found.length && missing === 0;
    if (isSame && wanted.some(({ bytes }, i) => bytes !== found[i]?.bytes)) reordered += 1;
  }
  const isIdentical = lost + duplicated + changed + reordered === 0;
  return { expected: countOf(expected), got: countOf(got), lost, duplicated, changed, reordered, isIdentical };
}

/**
 * Holes and repetitions in what the ids of findings (`kind/stream/begun/place/model`) say of each stream: its places must follow each
 * other. Says so of one output alone, without another to compare it with.
 */
export function idFaults(committed: Committed): readonly string[] {
  const next = new Map<string, number>();
  const faults: string[] = [];
  for (const { id } of committed.flat()) {
    const [kind, stream, , place, model] = id.split('/');
    const name = `${kind}/${stream}/${model}`;
    const expected = next.get(name);
    if (expected !== undefined && Number(place) !== expected) faults.push(`${id} instead of ${expected}`);
    next.set(name, Number(place) + 1);
  }
  return faults;
}

function counts(records: readonly CommittedRecord[]): Map<string, Map<string, number>> {
  const found = new Map<string, Map<string, number>>();
  for (const { id, bytes } of records) {
    const variants = found.get(id) ?? new Map<string, number>();
    variants.set(bytes, (variants.get(bytes) ?? 0) + 1);
    found.set(id, variants);
  }
  return found;
}

function total(variants: ReadonlyMap<string, number>): number {
  return [...variants.values()].reduce((sum, count) => sum + count, 0);
}

function toCommitted({ key, value, headers, timestampMs }: KafkaRecord): CommittedRecord {
  const hex = (bytes: Uint8Array | null | undefined): string | null =>
    bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString('latin1');
  const named = [...headers].map(([name, bytes]) => [name, hex(bytes)]);
  const id = hex(headers.get('ce_id')) ?? hex(key) ?? '';
  return { id, bytes: JSON.stringify([hex(key), hex(value), named, timestampMs]) };
}
