import type { Chunk } from '../../core/index.ts';
import type { StreamProgress } from '../checkpoint/index.ts';
import type { Finding } from '../streams/finding.ts';
import type { StreamTask } from '../streams/stream-task.ts';
import type { ChunkSequence } from './chunk-sequence.ts';
import { requireRefusal } from './outcome.ts';

/** What the streams of a partition need of a task. */
export type StreamWork = Pick<
  StreamTask,
  'process' | 'snapshot' | 'outline' | 'close' | 'nextSample' | 'digest' | 'stats'
> & {
  finish(): Promise<readonly Finding[]>;
};

/** One stream of a partition, and its place in the input. */
export interface LiveStream {
  readonly streamId: string;
  readonly task: StreamWork;
  /** The order of its chunks, and those that wait. */
  readonly sequence: ChunkSequence;
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

/** Takes a chunk when those before it are through; one that the model refuses keeps none waiting. */
export function push(stream: LiveStream, chunk: Chunk): Promise<Finding[]> {
  const made = stream.tail.then(() => stream.task.process(chunk));
  stream.tail = made.catch(requireRefusal);
  stream.tail.catch(() => {}); // told by what was made
  return made;
}

export type { StreamProgress };
