import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { WorkerError } from '../../core/index.ts';
import { type Request, type Response, requestBuffers } from './protocol.ts';

/** Who is told of a {@link WorkerThread}'s answers and of its end. */
export interface WorkerThreadListener {
  onAnswer(response: Response): void;
  /** Called once, after the last answer, and never inside a call to the thread. */
  onEnd(cause: Error): void;
}

/** One life of a worker thread. It keeps the process alive only while it is asked to. */
export class WorkerThread {
  readonly #worker: Worker | undefined;

  constructor(listener: WorkerThreadListener) {
    try {
      this.#worker = watched(new Worker(workerFile()), listener);
    } catch (error) {
      // No thread could be started.
      setImmediate(() => listener.onEnd(error as Error));
    }
  }

  post(request: Request): void {
    this.#worker?.postMessage(request, requestBuffers(request));
  }

  /** Whether the process waits for this thread. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#worker?.ref();
    else this.#worker?.unref();
  }

  async terminate(): Promise<void> {
    await this.#worker?.terminate();
  }
}

function watched(worker: Worker, listener: WorkerThreadListener): Worker {
  let cause: Error | undefined;
  worker.unref();
  worker.on('message', (response: Response) => listener.onAnswer(response));
  worker.on('error', (error) => {
    cause ??= error;
  });
  // An answer that cannot be read is lost, and with it the order of those behind it.
  worker.on('messageerror', (error) => {
    cause ??= error;
    void worker.terminate();
  });
  // The exit comes behind all answers and behind the error that brought it about.
  worker.on('exit', (code) => {
    listener.onEnd(
      cause ?? new WorkerError('WORKER_CRASHED', `Expected the worker to run, it exited with code ${code}`),
    );
  });
  return worker;
}

/** The compiled worker, also when this file is run from its TypeScript source. */
function workerFile(): string {
  const here = fileURLToPath(import.meta.url);
  return here.endsWith('.ts')
    ? fileURLToPath(new URL('../../dist/pipeline/workers/model-worker.js', import.meta.url))
    : fileURLToPath(new URL('./model-worker.js', import.meta.url));
}
