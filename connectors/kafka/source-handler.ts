import type { KafkaRecordBatch } from './partition-task.ts';

/** Commits an offset as the next to read, for the group; `false` when that did not succeed. */
export type CommitOffset = (offset: bigint) => Promise<boolean>;

/** What a handler may say of a partition that has begun. */
export interface PartitionControl {
  readonly commit: CommitOffset;
  /**
   * Another process has the partition, which shows only while no records come: it is given up, and begun anew where the group
   * still calls it ours a session time-out later.
   */
  readonly lost: () => void;
}

/**
 * What is done with the records. Per partition the calls are onClaim, onAssigned, onRecords one after the other, onRevoked.
 * An error TransactionError `TRANSACTION_FENCED` of any of them means that another process has the partition: it is given up,
 * and begun anew when the group gives it to this one again; every other error ends `run`.
 */
export interface KafkaSourceHandler {
  /** The group has dealt its partitions: these are all that this process has now, none is possible. */
  onDealt?(partitions: readonly number[]): void;
  /** A partition is about to begin; its committed offset is read afterwards. */
  onClaim?(partition: number): Promise<void>;
  /**
   * A partition begins with fresh state at `offset`, the committed one (`undefined`: `startFrom` decides), or where
   * {@link readFrom} says. A partition that comes back after a rebalance at a place this process has handled itself goes on
   * without a call.
   */
  onAssigned?(partition: number, offset: bigint | undefined, control: PartitionControl): void | Promise<void>;
  /** Where reading of a partition that begins starts, where that is not its committed offset. Asked after `onAssigned`. */
  readFrom?(partition: number): bigint | undefined;
  /** Whether a partition that stays after a rebalance can go on; `false`: it is revoked and begun anew. Default: it can. */
  canGoOn?(partition: number): boolean;
  /**
   * Handles records in order. When the promise resolves they are committed (unless `commits` is `handler`), so it must not
   * resolve before every output has been acknowledged. A retryable error brings the same `records` array again (`attempt` + 1): state
   * that has advanced over them must be kept together with the outputs made, or be put back. Any other error ends `run`.
   */
  onRecords(batch: KafkaRecordBatch): Promise<void>;
  /** The partition is over: it was taken away, or `run` ends (`ending`). No call for it is at work any more. */
  onRevoked?(partition: number, ending: boolean): void | Promise<void>;
}
