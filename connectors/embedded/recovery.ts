import { ConnectorError } from '../../core/index.ts';
import type { Outcome } from './batch-list.ts';
import type { GroupOffsets } from './group-offsets.ts';
import type { Checkpoint, CommitEntry, JournalEntry, PartitionEnd } from './journal.ts';
import type { PartitionLog } from './partition-log.ts';

/** A partition as its files have it. */
export interface FoundLog {
  readonly log: PartitionLog;
  /** How transactions ended here, by their markers. */
  readonly markers: ReadonlyMap<number, Outcome>;
}

/** What a {@link Recovery} works with. */
export interface RecoveryInput {
  readonly checkpoint: Checkpoint;
  readonly entries: readonly JournalEntry[];
  readonly logs: readonly FoundLog[];
}

/**
 * Decides which transactions count after a restart. One counts if its commit stands in the journal and everything that it
 * wrote is there; of those before the checkpoint, whose commits are not kept, the markers tell.
 *
 * Where something of a committed transaction is lost, it and all that were committed after it are rolled back, with the places
 * of groups: later ones may rest on it. So what is visible is always a state that once was, as far as transactions go.
 */
export class Recovery {
  readonly #input: RecoveryInput;
  readonly #logs: ReadonlyMap<string, PartitionLog>;
  readonly #committed = new Set<number>();
  readonly #rolledBack: Set<number>;
  readonly #fresh: number[] = [];

  /** @throws ConnectorError `CONNECTOR_FAILED` where records are lost that were safe on disk */
  constructor(input: RecoveryInput) {
    this.#input = input;
    this.#logs = new Map(input.logs.map(({ log }) => [nameOf(log), log]));
    this.#rolledBack = new Set(input.checkpoint.rolledBack);
    for (const entry of input.entries) {
      if (entry.type === 'rollback') for (const number of entry.transactions) this.#rolledBack.add(number);
    }
    this.#requireSettled();
    this.#decide();
  }

  /** All that have to stay rolled back, whatever markers say. */
  get rolledBack(): readonly number[] {
    return [...this.#rolledBack];
  }

  /** Those of them that were found only now. */
  get freshlyRolledBack(): readonly number[] {
    return this.#fresh;
  }

  /** No transaction has this number or a higher one. */
  get nextTransaction(): number {
    let highest = this.#input.checkpoint.settledBelow - 1;
    const seen = (number: number): void => {
      if (number > highest) highest = number;
    };
    for (const number of [...this.#rolledBack, ...this.#committed]) seen(number);
    for (const { log, markers } of this.#input.logs)
      for (const n of [...log.openTransactions, ...markers.keys()]) seen(n);
    return Math.max(highest, 0) + 1;
  }

  /** Forgets what lies below the log starts that were noted last. Returns those that lie behind an end now, put right. */
  trim(): JournalEntry[] {
    const lows = new Map<PartitionLog, bigint>();
    const note = (topic: string, partition: number, low: bigint): void => {
      const log = this.#log(topic, partition);
      if (log !== undefined) lows.set(log, low);
    };
    for (const { topic, partition, end } of this.#input.checkpoint.lows) note(topic, partition, end);
    for (const entry of this.#input.entries) if (entry.type === 'low') note(entry.topic, entry.partition, entry.offset);
    const wrong: JournalEntry[] = [];
    for (const [log, low] of lows) {
      log.trim(low);
      const { topic, partition, lowOffset: offset } = log;
      if (low > offset) wrong.push({ type: 'low', topic, partition, offset });
    }
    return wrong;
  }

  /** Lets the batches of every transaction count or not, and writes the markers that are missing. */
  settle(): void {
    for (const { log, markers } of this.#input.logs) {
      for (const number of log.openTransactions) {
        const marker = markers.get(number);
        const outcome = this.#outcomeOf(number, marker);
        if (marker === undefined) log.end(number, outcome);
        else log.settle(number, outcome);
      }
    }
  }

  /** The places of groups. Returns those that lie behind the end of their partition now, put right. */
  apply(offsets: GroupOffsets): JournalEntry[] {
    for (const place of this.#input.checkpoint.offsets) offsets.set(place);
    for (const entry of this.#input.entries) {
      if (entry.type === 'offset') offsets.set(entry);
      else if (entry.type !== 'commit' || !this.#committed.has(entry.transaction)) continue;
      else for (const place of entry.offsets) offsets.set(place);
    }
    const wrong: JournalEntry[] = [];
    for (const { groupId, topic, partition, offset } of [...offsets.all()]) {
      const end = this.#log(topic, partition)?.nextOffset ?? 0n;
      if (offset > end) wrong.push({ type: 'offset', groupId, topic, partition, offset: end });
    }
    for (const entry of wrong) if (entry.type === 'offset') offsets.set(entry);
    return wrong;
  }

  #requireSettled(): void {
    const lost = this.#input.checkpoint.ends.find((end) => !this.#reaches(end));
    if (lost === undefined) return;
    const { topic, partition, end } = lost;
    const ends = this.#log(topic, partition)?.nextOffset;
    throw new ConnectorError(
      'CONNECTOR_FAILED',
      `Expected topic ${topic}, partition ${partition} to hold its records up to offset ${end}, ` +
        `${ends === undefined ? 'it is missing' : `they end at ${ends}`}: what was safe on disk is damaged`,
    );
  }

  #decide(): void {
    const commits = this.#input.entries.filter((entry): entry is CommitEntry => entry.type === 'commit');
    let broken = false;
    for (const { transaction, ends } of commits) {
      if (this.#rolledBack.has(transaction)) continue;
      broken ||= ends.some((end) => !this.#reaches(end));
      if (broken) this.#rollBack(transaction);
      else this.#committed.add(transaction);
    }
    for (const { markers } of this.#input.logs) {
      for (const [number, marker] of markers) {
        if (marker === 'committed' && this.#outcomeOf(number, marker) === 'aborted') this.#rollBack(number);
      }
    }
  }

  #rollBack(transaction: number): void {
    if (this.#rolledBack.has(transaction)) return;
    this.#rolledBack.add(transaction);
    this.#fresh.push(transaction);
  }

  #outcomeOf(transaction: number, marker: Outcome | undefined): Outcome {
    const { settledBelow, unsettled } = this.#input.checkpoint;
    if (this.#rolledBack.has(transaction)) return 'aborted';
    if (this.#committed.has(transaction)) return 'committed';
    if (transaction < settledBelow && !unsettled.includes(transaction)) return marker ?? 'aborted';
    return 'aborted';
  }

  #reaches({ topic, partition, end }: PartitionEnd): boolean {
    const log = this.#log(topic, partition);
    return log !== undefined && log.nextOffset >= end;
  }

  #log(topic: string, partition: number): PartitionLog | undefined {
    return this.#logs.get(nameOf({ topic, partition }));
  }
}

function nameOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${partition} ${topic}`;
}
