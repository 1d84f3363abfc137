import { StateError } from '../../core/index.ts';
import { type LiveStream, progressOf, type StreamProgress } from './live-stream.ts';

/** Where the streams of a partition go on. */
export interface ResumePlace {
  /** Records before it were judged and committed. */
  readonly liveFrom: bigint;
  /** Greatest timestamp of those, in ms. */
  readonly streamTimeMs: number;
  /** Where each stream stood then. */
  readonly progress: ReadonlyMap<string, StreamProgress>;
  /** No record before `liveFrom` is to come. */
  readonly isUpToDate: boolean;
}

/**
 * Checks that a stream that was brought up to date is where it was when it was committed.
 * @throws StateError `REPLAY_MISMATCH`
 */
export function requireReplayed(stream: LiveStream | undefined, progress: StreamProgress): void {
  const { streamId, offset, nextSample, digest } = progress;
  const found = stream === undefined ? undefined : progressOf(stream);
  if (found?.offset === offset && found.nextSample === nextSample && found.digest === digest) return;
  const show = (at: Pick<StreamProgress, 'offset' | 'nextSample' | 'digest'> | undefined): string =>
    at === undefined ? 'none' : `offset ${at.offset}, sample ${at.nextSample}, digest ${at.digest}`;
  throw new StateError(
    'REPLAY_MISMATCH',
    `Expected stream ${streamId} to be where it was when it was committed (${show(progress)}), got ${show(found)}: the input, the model or its settings have changed since`,
  );
}
