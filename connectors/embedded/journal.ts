import type { GroupOffset } from '../kafka/index.ts';

/** A partition has to reach up to here for what was committed to be whole. */
export interface PartitionEnd {
  readonly topic: string;
  readonly partition: number;
  readonly end: bigint;
}

/** A transaction that counts from the moment in which this is written, with the places of groups that count with it. */
export interface CommitEntry {
  readonly type: 'commit';
  readonly transaction: number;
  readonly ends: readonly PartitionEnd[];
  readonly offsets: readonly GroupOffset[];
}

/** What the broker notes outside of the partitions, in order. */
export type JournalEntry =
  | CommitEntry
  | ({ readonly type: 'offset' } & GroupOffset)
  /** Nothing before `offset` is kept. */
  | { readonly type: 'low'; readonly topic: string; readonly partition: number; readonly offset: bigint }
  /** These count no more, whatever else is written about them: what they wrote is not whole. */
  | { readonly type: 'rollback'; readonly transactions: readonly number[] };

/** The state at one time, from which a journal goes on. */
export interface Checkpoint {
  /** Of transactions below this number the markers in the partitions tell whether they count... */
  readonly settledBelow: number;
  /** ...but for these, which had not ended. */
  readonly unsettled: readonly number[];
  readonly rolledBack: readonly number[];
  readonly ends: readonly PartitionEnd[];
  readonly offsets: readonly GroupOffset[];
  readonly lows: readonly PartitionEnd[];
}

/** The state before anything. */
export const EMPTY_CHECKPOINT: Checkpoint = {
  settledBelow: 0,
  unsettled: [],
  rolledBack: [],
  ends: [],
  offsets: [],
  lows: [],
};
