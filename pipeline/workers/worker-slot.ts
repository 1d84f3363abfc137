import { LongwaveError, OverflowError, StateError, WorkerError } from '../../core/index.ts';
import { CallQueue } from './call-queue.ts';
import type { ResolvedPoolOptions } from './pool-options.ts';
import type { Call, PooledStream } from './pooled-stream.ts';
import type { Answer, RequestBody, Response } from './protocol.ts';
import { callsAfterCrash } from './recovery.ts';
import { rebuildCalls, snapshotCall, userCall } from './stream-calls.ts';
import { WorkerThread } from './worker-thread.ts';

/** Figures of one worker. */
export interface WorkerStats {
  /** Streams that live on it. */
  readonly streams: number;
  /** Bytes of calls under way. */
  readonly queuedBytes: number;
  /** Bytes of calls that wait their turn. */
  readonly waitingBytes: number;
  /** Bytes of the snapshots and samples from which its streams would be restored. */
  readonly keptBytes: number;
  /** How often a thread of it has ended by itself. */
  readonly crashes: number;
  /** Streams that were restored, one counted each time. */
  readonly restores: number;
}

/** One worker of a pool: its streams, the calls to them and a thread, started when first needed and again after a crash. */
export class WorkerSlot {
  readonly #index: number;
  readonly #options: ResolvedPoolOptions;
  readonly #queue: CallQueue;
  readonly #streams = new Set<PooledStream>();
  #thread: WorkerThread | undefined;
  #crashes = 0;
  #restores = 0;
  /** Threads in a row that ended without an answer; the current one counts until it gives one. */
  #barren = 0;
  #isStopped = false;

  constructor(index: number, options: ResolvedPoolOptions) {
    this.#index = index;
    this.#options = options;
    const { maxQueuedBytes } = options;
    this.#queue = new CallQueue({ maxQueuedBytes, send: (call) => this.#send(call) });
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  stats(): WorkerStats {
    return {
      streams: this.#streams.size,
      queuedBytes: this.#queue.sentBytes,
      waitingBytes: this.#queue.waitingBytes,
      keptBytes: [...this.#streams].reduce((sum, { journal }) => sum + (journal?.keptBytes ?? 0), 0),
      crashes: this.#crashes,
      restores: this.#restores,
    };
  }

  /** @throws as the model; WorkerError; OverflowError `BUFFER_OVERFLOW`; StateError after `stop` */
  call(stream: PooledStream, body: RequestBody): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = userCall(stream, body, {
        resolve,
        reject,
        onGone: () => this.#streams.delete(stream),
        onSnapshotDue: () => this.#queue.add([snapshotCall(stream)]),
      });
      this.#requireTaken(call);
      if (body.op === 'open' || body.op === 'restore') this.#streams.add(stream);
      const isDue = (body.op === 'push' || body.op === 'flush') && stream.journal?.made(body) === true;
      this.#queue.add(isDue ? [call, snapshotCall(stream)] : [call]);
    });
  }

  /** Ends the thread. Calls under way and calls that wait reject. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
    const { sent, waiting } = this.#queue.drain();
    const error = new WorkerError('WORKER_CRASHED', 'Expected the worker to answer, the pool was closed');
    for (const call of [...sent, ...waiting]) call.failed(error);
    this.#streams.clear();
  }

  #requireTaken({ stream, body, bytes }: Call): void {
    if (stream.lost !== undefined) throw stream.lost;
    if (this.#isStopped) throw new StateError('STREAM_CLOSED', 'Expected an open model pool, it was closed');
    const { maxWaitingBytes } = this.#options;
    const waiting = this.#queue.waitingBytes;
    if (body.op === 'close' || waiting === 0 || waiting + bytes <= maxWaitingBytes) return;
    throw new OverflowError(
      'BUFFER_OVERFLOW',
      `Expected calls of at most ${maxWaitingBytes} bytes (\`maxWaitingBytes\`) to wait for a worker, got ${waiting + bytes}`,
      { retryable: true },
    );
  }

  #send(call: Call): boolean {
    const { stream, body } = call;
    try {
      if (stream.lost !== undefined) throw stream.lost;
      const thread = this.#startedThread();
      thread.post({ ...this.#posted(body), stream: stream.id });
      thread.hold(true);
      return true;
    } catch (error) {
      call.failed(error instanceof LongwaveError ? error : notPosted(error));
      return false;
    }
  }

  /** Samples that a restore may need again go as a copy, others as they are: they are the pool's own. */
  #posted(body: RequestBody): RequestBody {
    return body.op === 'push' && this.#options.restore ? { ...body, samples: body.samples.slice() } : body;
  }

  #startedThread(): WorkerThread {
    if (this.#thread === undefined) {
      const thread: WorkerThread = new WorkerThread({
        onAnswer: (response) => {
          if (this.#thread === thread) this.#settle(response);
        },
        onEnd: (cause) => {
          if (this.#thread === thread) this.#crashed(cause);
        },
      });
      this.#thread = thread;
    }
    return this.#thread;
  }

  #settle(response: Response): void {
    this.#barren = 0;
    this.#queue.settle((call) => call.answered(response));
    if (this.#queue.isIdle) this.#thread?.hold(false);
  }

  #crashed(cause: Error): void {
    this.#thread = undefined;
    this.#crashes += 1;
    this.#barren += 1;
    const { sent, waiting } = this.#queue.drain();
    const calls = [...sent, ...waiting].filter(({ isRebuild }) => !isRebuild);
    const error = new WorkerError(
      'WORKER_CRASHED',
      `Expected worker ${this.#index} to keep its streams, it ended: ${cause.message}`,
      { cause },
    );
    const lost = this.#lostStreams(sent);
    for (const stream of lost) this.#giveUp(stream, error);
    for (const call of calls) if (call.stream.lost !== undefined) call.failed(call.stream.lost);
    const streams = [...this.#streams];
    const left = calls.filter(({ stream }) => stream.lost === undefined);
    this.#queue.add(callsAfterCrash({ streams, calls: left, rebuild: (stream) => this.#rebuild(stream) }));
    const names = (of: readonly PooledStream[]): string[] => of.map(({ name }) => name);
    this.#options.onCrash({ worker: this.#index, error, streams: names(streams), lost: names(lost) });
  }

  /** Whom a crash costs its stream; the oldest call under way is the one that was in work. */
  #lostStreams(sent: readonly Call[]): PooledStream[] {
    const { restore, restoreTries } = this.#options;
    if (!restore) {
      const touched = new Set(sent.map(({ stream }) => stream));
      return [...this.#streams].filter((stream) => stream.isOpen || touched.has(stream));
    }
    const blamed = sent[0]?.stream;
    if (blamed !== undefined) blamed.blame += 1;
    // The one to blame is given up already, and still no thread comes to an answer.
    if (this.#barren > restoreTries + 1) return [...this.#streams];
    return blamed !== undefined && blamed.blame > restoreTries ? [blamed] : [];
  }

  #rebuild(stream: PooledStream): Call[] {
    return rebuildCalls(stream, {
      onRestored: () => {
        this.#restores += 1;
      },
      onLost: (error) => this.#giveUp(stream, error),
    });
  }

  #giveUp(stream: PooledStream, error: WorkerError): void {
    stream.lost = error;
    this.#streams.delete(stream);
  }
}

function notPosted(cause: unknown): WorkerError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new WorkerError('WORKER_CRASHED', `Expected a call that can be posted to a worker, got: ${message}`, {
    cause,
  });
}
