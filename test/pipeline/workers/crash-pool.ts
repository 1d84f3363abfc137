import { ModelPool, type ModelPoolOptions, type ModelSpec, type WorkerCrash } from '../../../pipeline/index.ts';
import { faults } from './faulty-threads.ts';
import { MODELS, wave } from './model-rows.ts';

/** A model whose stream holds rows back at its front and in its encoder. */
export const SPEC = MODELS['scaled rows, with look-ahead'] as ModelSpec;

/** What the pool of {@link start} told. */
export const crashes: WorkerCrash[] = [];

let pool: ModelPool | undefined;

/** Opens a pool, its faults and its crashes forgotten. A test that uses it has the threads of `withFaults`. */
export function start(options: ModelPoolOptions): ModelPool {
  crashes.length = 0;
  faults.reset();
  pool = new ModelPool({ onCrash: (crash) => crashes.push(crash), ...options });
  return pool;
}

/** Closes the pool of {@link start}. */
export async function stop(): Promise<void> {
  await pool?.close();
}

/** Ends a thread from outside, wherever it is in its work. */
export function kill(thread: number): void {
  void faults.started[thread]?.terminate();
}

/** A push that begins with a mark: the worker ends when it comes to it, as long as `faults.timesLeft` says so. */
export function marked(mark: number, length: number): Float64Array {
  return Float64Array.of(mark, ...wave(mark, length - 1));
}
