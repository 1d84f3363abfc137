import { type LongwaveError, WorkerError } from '../../core/index.ts';
import type { Call, PooledStream } from './pooled-stream.ts';
import { fromPosted } from './posted-error.ts';
import { type Answer, type RequestBody, type Response, requestBytes } from './protocol.ts';

/** What becomes of a caller's call. */
export interface CallEnds {
  resolve(answer: Answer): void;
  reject(error: LongwaveError): void;
  /** The stream is no longer in its worker. */
  onGone(): void;
  /** The stream's journal asks for a snapshot. */
  onSnapshotDue(): void;
}

/** A call of the stream's user. It is answered once: an answer that has come is never asked for again. */
export function userCall(stream: PooledStream, body: RequestBody, ends: CallEnds): Call {
  return {
    stream,
    body,
    bytes: requestBytes(body),
    isRebuild: false,
    isAwaited: true,
    answered: (response) => {
      // Sent before it was known that the stream could not be restored.
      if (stream.lost !== undefined) return ends.reject(stream.lost);
      stream.blame = 0;
      if (body.op !== 'close') stream.stats = response.stats;
      if (isStep(body) && changedState(response) && stream.journal?.answered(body, response.stats) === true) {
        ends.onSnapshotDue();
      }
      if ('error' in response) {
        if (isOpening(body)) ends.onGone();
        return ends.reject(fromPosted(response.error));
      }
      if (isOpening(body)) {
        stream.isOpen = true;
        stream.journal?.taken(body.op === 'open' ? response.snapshot : body.state, response.stats);
      }
      if (body.op === 'close') ends.onGone();
      ends.resolve(response);
    },
    failed: (error) => {
      if (isOpening(body)) ends.onGone();
      ends.reject(error);
    },
  };
}

/** Asks for a snapshot, which stands for the calls before it. */
export function snapshotCall(stream: PooledStream): Call {
  const body: RequestBody = { op: 'snapshot' };
  return {
    stream,
    body,
    bytes: requestBytes(body),
    isRebuild: false,
    isAwaited: false,
    answered: (response) => {
      if (!('error' in response)) stream.journal?.taken(response.snapshot, response.stats);
    },
    failed: () => undefined,
  };
}

/** How a restore ended. */
export interface RebuildEnds {
  onRestored(): void;
  /** It is not to be had: its model cannot be read any more, or is another one. */
  onLost(error: WorkerError): void;
}

/** The calls that bring a stream back to where it stood at its last answer. */
export function rebuildCalls(stream: PooledStream, ends: RebuildEnds): Call[] {
  return (stream.journal?.requests() ?? []).map((body) => ({
    stream,
    body,
    bytes: requestBytes(body),
    isRebuild: true,
    isAwaited: false,
    answered: (response) => {
      if (body.op !== 'restore') return;
      if ('error' in response) ends.onLost(notRestored(stream, fromPosted(response.error)));
      else ends.onRestored();
    },
    failed: () => undefined,
  }));
}

function notRestored({ name }: PooledStream, cause: LongwaveError): WorkerError {
  const message = `Expected stream ${name} to be restored after a crash, got: ${cause.message}`;
  return new WorkerError('WORKER_CRASHED', message, { cause });
}

function isStep(body: RequestBody): body is RequestBody & { op: 'push' | 'flush' } {
  return body.op === 'push' || body.op === 'flush';
}

function isOpening(body: RequestBody): body is RequestBody & { op: 'open' | 'restore' } {
  return body.op === 'open' || body.op === 'restore';
}

function changedState(response: Response): boolean {
  return !('error' in response) || response.stateChanged;
}
