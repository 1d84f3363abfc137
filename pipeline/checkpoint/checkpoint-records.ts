import type { Slot } from './checkpoint-keys.ts';
import type { StreamAnchor } from './stream-anchor.ts';

/** How far a partition has come. */
export interface PartitionProgress {
  /** The next input record. */
  readonly offset: bigint;
  /** Greatest timestamp of the records so far, in ms; −∞ before the first. */
  readonly streamTimeMs: number;
}

/** How far a stream has come, as of the last commit that it had a part in. */
export interface StreamProgress {
  readonly streamId: string;
  /** Input offset of its first record. */
  readonly openedAt: bigint;
  /** Input offset behind its last record. */
  readonly offset: bigint;
  readonly nextSample: number;
  /** Digest of all that its model has put out. */
  readonly digest: number;
  /** Stream time of the partition at its last record, in ms. */
  readonly lastSeenMs: number;
}

/** The state of a stream as bytes. */
export interface StreamSnapshot {
  readonly streamId: string;
  readonly openedAt: bigint;
  /** The stream's records before this input offset are in the state, no others. */
  readonly offset: bigint;
  readonly digest: number;
  readonly bytes: Uint8Array;
}

/** What is known of a snapshot that lies in chunks. It is written behind the last of them. */
export interface SnapshotManifest extends Omit<StreamSnapshot, 'bytes'> {
  readonly slot: Slot;
  readonly chunks: number;
  /** Bytes of the whole. */
  readonly bytes: number;
  readonly crc32: number;
  /** Stands also in each chunk. */
  readonly snapshotId: string;
  /** Where the first chunk lies in its topic. */
  readonly firstOffset: bigint;
  /** Behind the last chunk. */
  readonly endOffset: bigint;
}

/** All that changes with one commit. */
export interface CommitContents {
  readonly partition: PartitionProgress;
  /** Streams that had records. */
  readonly streams: readonly StreamProgress[];
  /** Streams that have ended. One that is in `streams` too has begun anew. */
  readonly closed: readonly string[];
  /** At most one of a stream; of one that has ended it is left out. */
  readonly snapshots: readonly StreamSnapshot[];
  /** Of streams that have not ended. Default: none. */
  readonly anchors?: readonly StreamAnchor[];
}
