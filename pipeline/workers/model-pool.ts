import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  ConfigError,
  InputError,
  type LongwaveError,
  OverflowError,
  requireInteger,
  ShapeError,
  StateError,
  WeightsError,
  WorkerError,
} from '../../core/index.ts';
import type { ModelOutput, ModelSpec, ModelStats } from './model-spec.ts';
import type { PostedError, Request, Response } from './protocol.ts';

/** A stream whose model lives in a worker thread. Calls are answered in the order in which they were made. */
export interface RemoteStream {
  /**
   * Sends samples to the model. They are copied; the caller keeps its array.
   * @throws InputError from the model (the state is then untouched); WorkerError `WORKER_CRASHED`
   */
  push(samples: Float32Array | Float64Array): Promise<ModelOutput>;
  /** Ends the stream and gives what is owed; a later push to an encoder throws StateError `STREAM_ENDED`. */
  flush(): Promise<ModelOutput>;
  /** Figures as of the last answer. */
  readonly stats: ModelStats;
  close(): Promise<void>;
}

/** Options of {@link ModelPool}. */
export interface ModelPoolOptions {
  /** Worker threads, 1..64. Default: the machine's parallelism less one, at least 1. */
  readonly workers?: number;
  /** Samples in flight to one worker, in bytes, 1024..1e9; pushes beyond wait. Default 16 MiB. */
  readonly maxQueuedBytes?: number;
}

/**
 * Worker threads that run models, so that timers and heartbeats of the main thread never wait for inference.
 * A stream stays with the worker that it was opened on, which owns its caches. A worker that dies takes its
 * streams with it: their calls reject with `WORKER_CRASHED`, other workers go on, and the next `open` starts a new one.
 * A model that is named by its path is read once by each worker that needs it, and kept until the pool is closed.
 */
export class ModelPool {
  readonly #slots: WorkerSlot[];
  #nextStream = 0;
  #closed = false;

  constructor(options: ModelPoolOptions = {}) {
    const workers = requireInteger('workers', options.workers ?? Math.max(1, availableParallelism() - 1), {
      min: 1,
      max: 64,
    });
    const maxQueuedBytes = requireInteger('maxQueuedBytes', options.maxQueuedBytes ?? 16 * 2 ** 20, {
      min: 1024,
      max: 1e9,
    });
    this.#slots = Array.from({ length: workers }, () => new WorkerSlot(maxQueuedBytes));
  }

  /**
   * Opens a stream on the worker with the fewest streams.
   * @throws ConfigError when the model cannot be built; WeightsError when it cannot be read; StateError after `close`
   */
  async open(spec: ModelSpec): Promise<RemoteStream> {
    if (this.#closed) throw new StateError('STREAM_CLOSED', 'Expected an open model pool, it was closed');
    const slot = this.#slots.reduce((least, other) => (other.streamCount < least.streamCount ? other : least));
    const stream = this.#nextStream++;
    let stats: ModelStats = { tokens: 0, cacheBytes: 0, busyMs: 0 };
    const call = async (request: RequestBody): Promise<ModelOutput | undefined> => {
      const response = await slot.call({ stream, ...request });
      stats = response.stats;
      if ('error' in response) throw fromPosted(response.error);
      return response.output;
    };
    slot.streamCount += 1;
    let open = true;
    const release = (): void => {
      if (open) slot.streamCount -= 1;
      open = false;
    };
    try {
      await call({ op: 'open', spec });
    } catch (error) {
      release();
      throw error;
    }
    const output = async (request: RequestBody): Promise<ModelOutput> => {
      const result = open ? await call(request) : undefined;
      if (result === undefined)
        throw new StateError('STREAM_CLOSED', 'Expected an open stream, it was closed or its worker ended');
      return result;
    };
    return {
      push: (samples) => output({ op: 'push', samples }),
      flush: () => output({ op: 'flush' }),
      get stats() {
        return stats;
      },
      close: async () => {
        if (!open) return;
        release();
        await slot.call({ stream, op: 'close' }).catch(() => undefined);
      },
    };
  }

  /** Ends all workers. Calls under way reject. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#slots.map((slot) => slot.stop()));
  }
}

type RequestBody =
  | { readonly op: 'open'; readonly spec: ModelSpec }
  | { readonly op: 'push'; readonly samples: Float32Array | Float64Array }
  | { readonly op: 'flush' | 'close' };

interface Pending {
  readonly bytes: number;
  resolve(response: Response): void;
  reject(error: Error): void;
}

/** One worker thread, started when first needed and again after a crash. */
class WorkerSlot {
  streamCount = 0;
  readonly #maxQueuedBytes: number;
  readonly #pending = new Map<number, Pending>();
  readonly #waiting: (() => void)[] = [];
  #queuedBytes = 0;
  #nextId = 0;
  #worker: Worker | undefined;

  constructor(maxQueuedBytes: number) {
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  async call(request: RequestBody & { readonly stream: number }): Promise<Response> {
    const bytes = request.op === 'push' ? request.samples.byteLength : 0;
    while (bytes > 0 && this.#queuedBytes > 0 && this.#queuedBytes + bytes > this.#maxQueuedBytes) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const worker = this.#start();
    const id = this.#nextId++;
    this.#queuedBytes += bytes;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { bytes, resolve, reject });
      worker.ref();
      worker.postMessage({ id, ...request } satisfies Request);
    });
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#fail(new WorkerError('WORKER_CRASHED', 'Expected the worker to answer, the pool was closed'));
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(workerFile());
    worker.unref();
    worker.on('message', (response: Response) => this.#settle(response));
    worker.on('error', (error) => this.#lost(worker, error));
    worker.on('exit', (code) =>
      this.#lost(worker, new WorkerError('WORKER_CRASHED', `Expected the worker to run, it exited with code ${code}`)),
    );
    this.#worker = worker;
    return worker;
  }

  #settle(response: Response): void {
    const pending = this.#pending.get(response.id);
    if (pending === undefined) return;
    this.#pending.delete(response.id);
    this.#release(pending.bytes);
    if (this.#pending.size === 0) this.#worker?.unref();
    pending.resolve(response);
  }

  #lost(worker: Worker, cause: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#fail(
      new WorkerError('WORKER_CRASHED', `Expected the worker to keep its streams, it ended: ${cause.message}`, {
        cause,
      }),
    );
  }

  #fail(error: WorkerError): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { bytes, reject } of pending) {
      this.#release(bytes);
      reject(error);
    }
  }

  #release(bytes: number): void {
    this.#queuedBytes -= bytes;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}

/** The compiled worker, also when this file is run from its TypeScript source. */
function workerFile(): string {
  const here = fileURLToPath(import.meta.url);
  return here.endsWith('.ts')
    ? fileURLToPath(new URL('../../dist/pipeline/workers/model-worker.js', import.meta.url))
    : fileURLToPath(new URL('./model-worker.js', import.meta.url));
}

function fromPosted(error: PostedError): LongwaveError {
  switch (error.className) {
    case 'InputError': {
      // The message already names the place; an empty place keeps it from being named twice.
      return new InputError(error.code, error.message);
    }
    case 'ShapeError':
      return new ShapeError(error.code, error.message);
    case 'ConfigError':
      return new ConfigError(error.code, error.message);
    case 'WeightsError':
      return new WeightsError(error.code, error.message);
    case 'StateError':
      return new StateError(error.code, error.message);
    case 'OverflowError':
      return new OverflowError(error.code, error.message);
    default:
      return new WorkerError('WORKER_CRASHED', error.message);
  }
}
