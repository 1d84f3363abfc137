import type { StoredBatch } from './batch-store.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { BatchHeader } from './record-batch.ts';

/** How a transaction ended. */
export type Outcome = 'committed' | 'aborted';

/** The place of a batch in its partition, and whether its records count. */
export interface LogBatch extends BatchHeader {
  readonly stored: StoredBatch;
  /** `open` until its transaction has ended. A plain batch counts at once, a marker never. */
  readonly outcome: Outcome | 'open';
}

/** The places of a partition's batches in the order of their offsets, and the open transactions among them. */
export class BatchList implements Iterable<LogBatch> {
  readonly #budget: MemoryBudget;
  /** First offset of each, in the order in which they began. */
  readonly #open = new Map<number, bigint>();
  #batches: LogBatch[] = [];
  #bytes = 0;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get first(): LogBatch | undefined {
    return this.#batches[0];
  }

  /** Numbers of the transactions that have no end. */
  get openTransactions(): readonly number[] {
    return [...this.#open.keys()];
  }

  /** Where the first open transaction begins. */
  get firstOpenOffset(): bigint | undefined {
    return this.#open.values().next().value;
  }

  [Symbol.iterator](): Iterator<LogBatch> {
    return this.#batches.values();
  }

  /** The batches from the one on that reaches `offset`. */
  *from(offset: bigint): Generator<LogBatch> {
    for (let i = this.#indexOf(offset); i < this.#batches.length; i++) yield this.#batches[i]!;
  }

  push(header: BatchHeader, stored: StoredBatch): void {
    const { kind, transaction, baseOffset } = header;
    const outcome = kind === 'plain' ? 'committed' : kind === 'transactional' ? 'open' : 'aborted';
    if (outcome === 'open' && !this.#open.has(transaction)) this.#open.set(transaction, baseOffset);
    this.#batches.push({ ...header, stored, outcome });
    this.#hold(stored);
  }

  /** Lets the batches of a transaction count or not. */
  settle(transaction: number, outcome: Outcome): void {
    const first = this.#open.get(transaction);
    if (first === undefined) return;
    this.#open.delete(transaction);
    for (let i = this.#indexOf(first); i < this.#batches.length; i++) {
      const batch = this.#batches[i]!;
      if (batch.transaction === transaction && batch.outcome === 'open') this.#batches[i] = { ...batch, outcome };
    }
  }

  /** Forgets the batches that end before an offset. */
  dropBefore(offset: bigint): void {
    for (const { stored } of this.#batches.splice(0, this.#indexOf(offset))) this.#forget(stored);
  }

  /** Puts others in the place of all; which transactions are open stays as it is. */
  replaceAll(batches: LogBatch[]): void {
    for (const { stored } of this.#batches) this.#forget(stored);
    this.#batches = batches;
    for (const { stored } of batches) this.#hold(stored);
  }

  #indexOf(offset: bigint): number {
    let low = 0;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#batches[middle]!.lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #hold({ bytes, memoryBytes }: StoredBatch): void {
    this.#bytes += bytes;
    this.#budget.take(memoryBytes);
  }

  #forget({ bytes, memoryBytes }: StoredBatch): void {
    this.#bytes -= bytes;
    this.#budget.give(memoryBytes);
  }
}
