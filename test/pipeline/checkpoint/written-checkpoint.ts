import {
  type Checkpoint,
  CheckpointWriter,
  type CheckpointWriterOptions,
  type CommitContents,
  checkpointTopics,
  type LoadedSnapshot,
  loadCheckpoint,
  type StreamProgress,
} from '../../../pipeline/checkpoint/index.ts';
import { type FakeLog, PARTITION } from './fake-log.ts';

export const { topics: TOPICS } = checkpointTopics('pumps', { partitions: 4 });

export function writerOf(options: Partial<CheckpointWriterOptions> = {}): CheckpointWriter {
  return new CheckpointWriter({
    partition: PARTITION,
    topics: TOPICS,
    maxChunkBytes: 10,
    maxRequestBytes: 500,
    ...options,
  });
}

export function load({ admin, reader }: FakeLog, committedOffset: bigint): Promise<Checkpoint> {
  return loadCheckpoint({ admin, reader, partition: PARTITION, topics: TOPICS, committedOffset });
}

export async function snapshotsOf(checkpoint: Checkpoint): Promise<LoadedSnapshot[]> {
  const found: LoadedSnapshot[] = [];
  for await (const one of checkpoint.snapshots()) found.push(one);
  return found;
}

/** A stream whose records lie at `openedAt` and before `offset`. */
export function progress(streamId: string, openedAt: bigint, offset: bigint): StreamProgress {
  const digest = Number(offset * 7919n) >>> 0;
  return {
    streamId,
    openedAt,
    offset,
    nextSample: Number(offset - openedAt) * 100,
    digest,
    lastSeenMs: Number(offset),
  };
}

/** The state of a stream at its progress: `length` bytes that depend on all of it. */
export function stateAt({ streamId, openedAt, offset, digest }: StreamProgress, length: number) {
  const bytes = new Uint8Array(length).map(
    (_, i) => Number(openedAt) * 31 + Number(offset) * 17 + streamId.length + i * i,
  );
  return { streamId, openedAt, offset, digest, bytes };
}

/** A commit of streams that had records, with the states of some of them. */
export function commitOf(
  offset: bigint,
  streams: readonly StreamProgress[],
  rest: Partial<Pick<CommitContents, 'closed' | 'snapshots'>> = {},
): CommitContents {
  return { partition: { offset, streamTimeMs: Number(offset) }, streams, closed: [], snapshots: [], ...rest };
}
