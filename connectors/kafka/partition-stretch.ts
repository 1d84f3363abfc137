import type { PartitionRange } from './partition-reader.ts';
import type { KafkaRecord } from './transport.ts';

/**
 * A stretch that is being read, between the fetch loop that brings its records and the loop that takes them. It holds
 * one batch, and the fetch loop waits until that has been taken.
 */
export class PartitionStretch {
  readonly range: PartitionRange;
  #next: bigint;
  #batch: readonly KafkaRecord[] | undefined;
  #failure: Error | undefined;
  #isOver = false;
  #isLost = false;
  #waiting: (() => void)[] = [];

  constructor(range: PartitionRange) {
    this.range = range;
    this.#next = range.from;
  }

  /** Where to fetch next: what lies before has been brought or holds no record. */
  get next(): bigint {
    return this.#next;
  }

  /** A batch waits to be taken. */
  get isFull(): boolean {
    return this.#batch !== undefined;
  }

  /** There is nothing more to fetch. */
  get isOver(): boolean {
    return this.#isOver || this.#next >= this.range.to;
  }

  /** Whether the stretch lies in this partition. */
  isIn(topic: string, partition: number): boolean {
    return this.range.topic === topic && this.range.partition === partition;
  }

  /** Puts the records down that lie before `next`, none where those offsets hold nothing to read. */
  bring(records: readonly KafkaRecord[], next: bigint): void {
    if (this.#isLost) return;
    this.#next = next;
    if (records.length > 0) this.#batch = records;
    this.#tell();
  }

  /**
   * The batch that waits, `undefined` when there is none.
   * @throws what {@link fail} was told, when nothing waits any more
   */
  take(): readonly KafkaRecord[] | undefined {
    const batch = this.#batch;
    if (batch === undefined && this.#failure !== undefined) throw this.#failure;
    this.#batch = undefined;
    this.#tell();
    return batch;
  }

  /** The place to fetch is gone; what is brought from now on is of another place, and does not count. */
  lose(): void {
    this.#isLost = true;
  }

  /** Nobody takes anything any more. */
  leave(): void {
    this.#isOver = true;
    this.#batch = undefined;
    this.#tell();
  }

  /** Nothing more can be brought. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#tell();
  }

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #tell(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
