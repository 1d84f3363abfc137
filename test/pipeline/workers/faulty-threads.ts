import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Worker, WorkerOptions } from 'node:worker_threads';

/** How a worker ends, or stands still, by the first sample of the push that it works on then. */
export const MARKS = {
  1001: 'exit',
  1002: 'throw',
  1003: 'memory',
  1004: 'model',
  1005: 'later',
  1006: 'wait',
} as const;

/** How often a mark still counts, and whether one that stands still may go on. */
const state = new Int32Array(new SharedArrayBuffer(8));
const started: Worker[] = [];
let file: string | undefined;

/** The threads of the pools under test. */
export const faults = {
  /** Workers started since `reset`, oldest first. */
  started: started as readonly Worker[],
  /** How often marked samples still stop or end a worker. */
  set timesLeft(times: number) {
    Atomics.store(state, 0, times);
  },
  /** Lets workers go on that stand still. */
  release(): void {
    Atomics.store(state, 1, 1);
    Atomics.notify(state, 1);
  },
  /** What workers run instead of their file. */
  set file(path: string | undefined) {
    file = path;
  },
  reset(): void {
    state.fill(0);
    this.file = undefined;
    started.length = 0;
  },
};

/** `node:worker_threads` whose workers end where {@link faults} says. */
export function withFaults<T extends { readonly Worker: typeof Worker }>(original: T): T {
  class FaultyWorker extends original.Worker {
    constructor(path: string | URL, options: WorkerOptions = {}) {
      super(file ?? fileURLToPath(new URL('./faulty-worker.mjs', import.meta.url)), {
        ...options,
        workerData: { file: pathToFileURL(String(path)).href, marks: MARKS, shared: state.buffer },
        resourceLimits: { maxOldGenerationSizeMb: 64 },
      });
      started.push(this);
    }
  }
  return { ...original, Worker: FaultyWorker };
}
