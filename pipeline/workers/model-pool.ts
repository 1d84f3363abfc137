import { StateError } from '../../core/index.ts';
import type { ModelSnapshot } from './model-snapshot.ts';
import type { ModelOutput, ModelSpec, ModelStats } from './model-spec.ts';
import { type ModelPoolOptions, type ResolvedPoolOptions, resolvePoolOptions } from './pool-options.ts';
import { PooledStream } from './pooled-stream.ts';
import type { Answer, RequestBody } from './protocol.ts';
import { StreamJournal } from './stream-journal.ts';
import { WorkerSlot, type WorkerStats } from './worker-slot.ts';

/** A stream whose model lives in a worker thread. Calls are answered in the order in which they were made. */
export interface RemoteStream {
  /**
   * Sends samples to the model. They are copied at once; the caller keeps its array.
   * @throws InputError from the model (the state is then untouched); WorkerError `WORKER_CRASHED`; OverflowError
   *   `BUFFER_OVERFLOW`
   */
  push(samples: Float32Array | Float64Array): Promise<ModelOutput>;
  /** Ends the stream and gives what is owed; a later push to an encoder throws StateError `STREAM_ENDED`. */
  flush(): Promise<ModelOutput>;
  /**
   * The state behind the calls made before, for {@link ModelPool.restore}. It is one call among those of the worker, so the
   * worker's other streams go on around it. Nothing while the model holds its whole stream.
   */
  snapshot(): Promise<ModelSnapshot | undefined>;
  /** Figures as of the last answer. */
  readonly stats: ModelStats;
  /** Ends the stream behind the calls made before, and frees what the pool keeps for it. */
  close(): Promise<void>;
}

/**
 * Worker threads that run models, so that timers and heartbeats of the main thread never wait for inference.
 * A stream stays with the worker that it was opened on, which owns its caches; workers know nothing of each other. The pool keeps
 * of each stream its last snapshot and the samples since. When a worker dies, its streams are restored on a new one and
 * their calls answered with the bits of a run without the crash; answers that were given are not given again. A stream that
 * keeps ending its worker is given up with `WORKER_CRASHED`, the others go on.
 * A model that is named by its path is read once by each worker that needs it, and kept until the pool is closed.
 * @example
 * const pool = new ModelPool({ workers: 2, onCrash: ({ error }) => console.error(error.message) });
 * const stream = await pool.open({ kind: 'anomaly', head: { channels: 1 } });
 * await stream.push(Float64Array.of(20.1, 20.3));
 */
export class ModelPool {
  readonly #options: ResolvedPoolOptions;
  readonly #slots: readonly WorkerSlot[];
  #nextStream = 0;
  #isClosed = false;

  /** @throws ConfigError for an option out of its range */
  constructor(options: ModelPoolOptions = {}) {
    const resolved = resolvePoolOptions(options);
    this.#options = resolved;
    this.#slots = Array.from({ length: resolved.workers }, (_, index) => new WorkerSlot(index, resolved));
  }

  /**
   * Opens a stream on the worker with the fewest streams.
   * @param name names the stream in reports of a crash. Default `stream` and its number in the pool, from 0
   * @throws ConfigError when the model cannot be built; WeightsError when it cannot be read; StateError after `close`;
   *   WorkerError, OverflowError as for a push
   */
  async open(spec: ModelSpec, name?: string): Promise<RemoteStream> {
    return this.#begin({ op: 'open', spec, snapshot: this.#options.restore }, name);
  }

  /**
   * Opens a stream that goes on, bit for bit, where a snapshot was taken, in this pool or another.
   * @param snapshot belongs to the pool from here on: it is what the stream is restored from after a crash
   * @throws SnapshotError when a part is damaged or of another model; else as {@link open}. No stream is open then
   */
  async restore(spec: ModelSpec, snapshot: ModelSnapshot, name?: string): Promise<RemoteStream> {
    return this.#begin({ op: 'restore', spec, state: { model: snapshot, busyMs: 0 } }, name);
  }

  async #begin(request: RequestBody & { op: 'open' | 'restore' }, name: string | undefined): Promise<RemoteStream> {
    if (this.#isClosed) throw new StateError('STREAM_CLOSED', 'Expected an open model pool, it was closed');
    const slot = this.#slots.reduce((least, other) => (other.streamCount < least.streamCount ? other : least));
    const { spec } = request;
    const id = this.#nextStream++;
    const journal = this.#options.restore ? new StreamJournal(spec, this.#options) : undefined;
    const stream = new PooledStream({ id, name: name ?? `stream ${id}`, spec, journal });
    await slot.call(stream, request);
    return remoteStream(slot, stream);
  }

  /** Figures of each worker, by its index. */
  stats(): readonly WorkerStats[] {
    return this.#slots.map((slot) => slot.stats());
  }

  /** Ends all workers. Calls under way reject. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#slots.map((slot) => slot.stop()));
  }
}

function remoteStream(slot: WorkerSlot, stream: PooledStream): RemoteStream {
  let isOpen = true;
  const call = async (request: RequestBody): Promise<Answer> => {
    if (!isOpen) throw closed();
    return slot.call(stream, request);
  };
  const output = async (request: RequestBody): Promise<ModelOutput> => {
    const result = (await call(request)).output;
    if (result === undefined) throw closed();
    return result;
  };
  return {
    push: (samples) => output({ op: 'push', samples: samples.slice() }),
    flush: () => output({ op: 'flush' }),
    snapshot: async () => (await call({ op: 'snapshot' })).snapshot?.model,
    get stats() {
      return stream.stats;
    },
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      await slot.call(stream, { op: 'close' }).catch(() => undefined);
    },
  };
}

function closed(): StateError {
  return new StateError('STREAM_CLOSED', 'Expected an open stream, it was closed');
}
