import { ConnectorError } from '../../core/index.ts';
import type { KafkaRecord } from '../kafka/index.ts';
import { BatchList, type LogBatch, type Outcome } from './batch-list.ts';
import type { BatchStore, StoredBatch } from './batch-store.ts';
import { ChangeSignal } from './change-signal.ts';
import { compacted } from './compaction.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { earlier, later } from './offset-order.ts';
import { type BatchHeader, type BatchRecord, decodeBatch, encodeBatch } from './record-batch.ts';
import type { TopicSettings } from './topic-settings.ts';

/** What a {@link PartitionLog} works with. */
export interface PartitionLogOptions {
  readonly topic: string;
  readonly partition: number;
  readonly settings: TopicSettings;
  readonly store: BatchStore;
  readonly budget: MemoryBudget;
}

/** Committed records of a partition. */
export interface LogRead {
  readonly records: readonly KafkaRecord[];
  /** Where to read on; past the last record where nothing else is to be seen. */
  readonly nextOffset: bigint;
}

/**
 * One partition: batches in the order of their offsets, and which of them count. A batch of a transaction and all behind it
 * stay hidden until the transaction has ended, by a marker that takes an offset of its own.
 */
export class PartitionLog {
  readonly topic: string;
  readonly partition: number;
  readonly settings: TopicSettings;
  readonly changed = new ChangeSignal();
  readonly #store: BatchStore;
  readonly #budget: MemoryBudget;
  readonly #batches: BatchList;
  #low = 0n;
  #next = 0n;
  #dirtyBytes = 0;

  constructor(options: PartitionLogOptions) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.settings = options.settings;
    this.#store = options.store;
    this.#budget = options.budget;
    this.#batches = new BatchList(options.budget);
  }

  /** Log start: nothing before is kept. */
  get lowOffset(): bigint {
    return this.#low;
  }

  /** End of the partition: its high watermark, since the only replica has everything at once. */
  get nextOffset(): bigint {
    return this.#next;
  }

  /** Last stable offset: the first open transaction begins here, or the partition ends. */
  get stableOffset(): bigint {
    return later(this.#batches.firstOpenOffset ?? this.#next, this.#low);
  }

  /** Bytes that came since the last compaction, and those that were left then. */
  get compactionBytes(): { readonly dirty: number; readonly clean: number } {
    return { dirty: this.#dirtyBytes, clean: this.#batches.bytes - this.#dirtyBytes };
  }

  /** Numbers of the transactions that have batches here and no end. */
  get openTransactions(): readonly number[] {
    return this.#batches.openTransactions;
  }

  /**
   * Appends records as one batch and returns the offset of the first.
   * @param transaction its number; 0: none
   * @throws ConnectorError `CONNECTOR_FAILED`, OverflowError `BUFFER_OVERFLOW`
   */
  append(records: readonly Omit<BatchRecord, 'offset'>[], transaction: number): bigint {
    const baseOffset = this.#next;
    const { compact, maxMessageBytes } = this.settings;
    if (compact && records.some(({ key }) => key === null)) throw this.#refused('a key with each record', 'none');
    const kind = transaction === 0 ? 'plain' : 'transactional';
    const lastOffset = baseOffset + BigInt(records.length - 1);
    const placed = records.map((record, i) => ({ ...record, offset: baseOffset + BigInt(i) }));
    const bytes = encodeBatch({ kind, transaction, baseOffset, lastOffset }, placed);
    if (bytes.length > maxMessageBytes) {
      throw this.#refused(`batches of at most ${maxMessageBytes} bytes (max.message.bytes)`, `${bytes.length} bytes`);
    }
    this.#budget.require(this.#store.memoryFor(bytes.length), this);
    this.#add({ kind, transaction, baseOffset, lastOffset, count: records.length }, bytes);
    this.#retain();
    this.changed.notify();
    return baseOffset;
  }

  /**
   * Ends a transaction here: writes its marker, also where it has no batch.
   * @throws ConnectorError `CONNECTOR_FAILED`
   */
  end(transaction: number, outcome: Outcome): void {
    const offset = this.#next;
    const kind = outcome === 'committed' ? 'commit-marker' : 'abort-marker';
    const header = { kind, transaction, baseOffset: offset, lastOffset: offset } as const;
    this.#add({ ...header, count: 0 }, encodeBatch(header, []));
    this.settle(transaction, outcome);
  }

  /** Lets the batches of a transaction count or not, without a marker. */
  settle(transaction: number, outcome: Outcome): void {
    this.#batches.settle(transaction, outcome);
    this.changed.notify();
  }

  /**
   * Takes up the next batch that a store has kept; its transaction is open until it is settled.
   * @throws OverflowError `BUFFER_OVERFLOW`
   */
  restore(header: BatchHeader, stored: StoredBatch): void {
    this.#budget.require(stored.memoryBytes, this);
    this.#batches.push(header, stored);
  }

  /** Begins and ends where a store says, after all that it has kept. */
  restoreEnds({ low, next }: { readonly low: bigint; readonly next: bigint }): void {
    this.#low = low;
    this.#next = next;
  }

  /** Committed records from an offset on, whole batches, at least one however large; none at or behind `to`. */
  read(from: bigint, limit: { readonly to?: bigint; readonly maxBytes: number }): LogRead {
    const stable = this.stableOffset;
    const end = earlier(limit.to ?? stable, stable);
    const begin = later(from, this.#low);
    const records: KafkaRecord[] = [];
    let bytes = 0;
    for (const batch of this.#batches.from(begin)) {
      if (batch.baseOffset >= end) break;
      if (batch.outcome !== 'committed' || batch.count === 0) continue;
      bytes += batch.stored.bytes;
      if (records.length > 0 && bytes > limit.maxBytes) return { records, nextOffset: batch.baseOffset };
      for (const record of this.#decode(batch)) {
        if (record.offset >= begin && record.offset < end) records.push(record);
      }
    }
    return { records, nextOffset: later(end, from) };
  }

  /** Forgets what lies below an offset. */
  trim(offset: bigint): void {
    const low = earlier(offset, this.#next);
    if (low <= this.#low) return;
    this.#low = low;
    this.#batches.dropBefore(low);
    this.#store.trim(this.#batches.first?.baseOffset ?? this.#next, this.#next);
    this.changed.notify();
  }

  /**
   * Keeps of what is stable the last record of each key, at its offset, and no tombstone that was written before
   * `tombstonesBeforeMs`.
   * @throws ConnectorError `CONNECTOR_FAILED`; nothing has then changed
   */
  compact(tombstonesBeforeMs: number): void {
    const stableOffset = this.stableOffset;
    const decode = (batch: LogBatch): KafkaRecord[] => this.#decode(batch);
    const left: Omit<LogBatch, 'stored'>[] = [];
    const batches = compacted(this.#batches, { stableOffset, tombstonesBeforeMs, decode });
    const stored = this.#store.replace(
      (function* () {
        for (const { bytes, batch } of batches) {
          left.push(batch);
          yield bytes;
        }
      })(),
    );
    this.#batches.replaceAll(left.map((batch, i) => ({ ...batch, stored: stored[i]! })));
    this.#dirtyBytes = 0;
  }

  /** Resolves when everything appended would survive a loss of power. */
  sync(): Promise<void> {
    return this.#store.sync();
  }

  #add(header: BatchHeader, bytes: Buffer): void {
    this.#batches.push(header, this.#store.append(bytes, header.baseOffset));
    this.#dirtyBytes += bytes.length;
    this.#next = header.lastOffset + 1n;
  }

  #decode(batch: LogBatch): KafkaRecord[] {
    const { topic, partition } = this;
    return decodeBatch(batch.stored.read(), { topic, partition, offset: batch.baseOffset });
  }

  /** Whole batches only, none that is hidden, never the last. */
  #retain(): void {
    const { retentionBytes } = this.settings;
    if (retentionBytes === undefined) return;
    let left = this.#batches.bytes;
    let low = this.#low;
    for (const { stored, lastOffset } of this.#batches) {
      left -= stored.bytes;
      if (left < retentionBytes || lastOffset >= this.stableOffset || lastOffset + 1n === this.#next) break;
      low = lastOffset + 1n;
    }
    this.trim(low);
  }

  #refused(expectation: string, got: string): ConnectorError {
    return new ConnectorError(
      'CONNECTOR_FAILED',
      `Expected topic ${this.topic}, partition ${this.partition} to be given ${expectation}, got ${got}`,
    );
  }
}
