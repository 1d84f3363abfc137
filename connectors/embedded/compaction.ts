import type { KafkaRecord } from '../kafka/index.ts';
import type { LogBatch } from './batch-list.ts';
import { encodeBatch } from './record-batch.ts';

/** What {@link compacted} goes by. */
export interface CompactionOptions {
  /** Batches from here on stay as they are. */
  readonly stableOffset: bigint;
  /** Tombstones that were written before, in ms since 1970, are dropped. */
  readonly tombstonesBeforeMs: number;
  readonly decode: (batch: LogBatch) => readonly KafkaRecord[];
}

/** A batch that a compaction leaves. */
export interface CompactedBatch {
  readonly bytes: Buffer;
  readonly batch: Omit<LogBatch, 'stored'>;
}

/**
 * The batches that a compaction leaves, in order and one at a time: of each key the last record, at its offset. What was
 * aborted goes, and markers with it: what a transaction has committed is plain from then on. The last batch stays, be it
 * empty, so that the end of the partition is known.
 *
 * Holds the keys in memory.
 */
export function* compacted(batches: Iterable<LogBatch>, options: CompactionOptions): Generator<CompactedBatch> {
  const { stableOffset, decode } = options;
  const all = [...batches];
  const latest = latestOffsets(
    all.filter(({ baseOffset }) => baseOffset < stableOffset),
    decode,
  );
  for (const batch of all) {
    if (batch.baseOffset >= stableOffset) {
      yield { bytes: batch.stored.read(), batch };
      continue;
    }
    const visible = batch.outcome === 'committed' ? decode(batch) : [];
    const records = visible.filter((record) => survives(record, latest, options));
    if (records.length === 0 && batch !== all.at(-1)) continue;
    const { baseOffset, lastOffset } = batch;
    const header = { kind: 'plain', transaction: 0, baseOffset, lastOffset } as const;
    yield { bytes: encodeBatch(header, records), batch: { ...header, count: records.length, outcome: 'committed' } };
  }
}

function latestOffsets(
  batches: readonly LogBatch[],
  decode: (batch: LogBatch) => readonly KafkaRecord[],
): ReadonlyMap<string, bigint> {
  const latest = new Map<string, bigint>();
  for (const batch of batches) {
    if (batch.outcome !== 'committed') continue;
    for (const record of decode(batch)) latest.set(keyText(record), record.offset);
  }
  return latest;
}

function survives(record: KafkaRecord, latest: ReadonlyMap<string, bigint>, options: CompactionOptions): boolean {
  if (latest.get(keyText(record)) !== record.offset) return false;
  return record.value !== null || record.timestampMs >= options.tombstonesBeforeMs;
}

/** One character a byte: the same text for the same bytes only. */
function keyText({ key }: KafkaRecord): string {
  return key === null ? '' : Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
