import type { StreamProgress } from '../checkpoint/index.ts';
import type { Finding } from '../run/finding.ts';
import type { StreamTask } from '../run/stream-task.ts';

/** What the streams of a partition need of a task. */
export type StreamWork = Pick<StreamTask, 'process' | 'snapshot' | 'close' | 'nextSample' | 'digest' | 'stats'> & {
  finish(): Promise<readonly Finding[]>;
};

/** One stream of a partition, and its place in the input. */
export interface LiveStream {
  readonly streamId: string;
  readonly task: StreamWork;
  /** Offset of its first record. */
  readonly openedAt: bigint;
  /** Records before it are in its state. */
  nextOffset: bigint;
  /** Stream time of the partition at its last record, in ms. */
  lastSeenMs: number;
  /** Bytes of records that no snapshot stands for. */
  bytesSinceSnapshot: number;
  /** Its calls, one after the other. */
  tail: Promise<unknown>;
}

/** Where a stream stands now. */
export function progressOf({ streamId, task, openedAt, nextOffset, lastSeenMs }: LiveStream): StreamProgress {
  return { streamId, openedAt, offset: nextOffset, nextSample: task.nextSample, digest: task.digest, lastSeenMs };
}

export type { StreamProgress };
