export { Checkpoint, type LoadedSnapshot } from './checkpoint.ts';
export type {
  CommitContents,
  PartitionProgress,
  SnapshotManifest,
  StreamProgress,
  StreamSnapshot,
} from './checkpoint-records.ts';
export {
  type CheckpointTopicOptions,
  type CheckpointTopics,
  checkpointTopics,
  DEFAULT_MAX_CHUNK_BYTES,
  DEFAULT_MAX_REQUEST_BYTES,
} from './checkpoint-topics.ts';
export { CheckpointWriter, type CheckpointWriterOptions, type PreparedCommit } from './checkpoint-writer.ts';
export { type LoadCheckpointOptions, loadCheckpoint } from './load-checkpoint.ts';
export { LocalCopies } from './local-copies.ts';
export type { SendRecords } from './send-records.ts';
export { MAX_ANCHOR_BYTES, type StreamAnchor } from './stream-anchor.ts';
export type { StreamEntry } from './stream-entry.ts';
export type { StreamSlots } from './stream-slots.ts';
