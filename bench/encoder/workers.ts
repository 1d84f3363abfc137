import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { builtFile } from './built-file.ts';
import type { WorkersMeasurement } from './measurement.ts';
import { median } from './slices.ts';
import type { WorkerAnswer, WorkerTask } from './worker-protocol.ts';

/** How long each run is, and how many rounds of one worker and of two there are. */
export interface WorkersOptions {
  readonly runMs: number;
  readonly rounds: number;
}

/**
 * Tokens per second of wall-clock time that one worker thread encodes, and two together, each with an encoder and a stream of
 * its own: by turns, so that other work on the machine hits both.
 */
export async function measureWorkers(task: WorkerTask, { runMs, rounds }: WorkersOptions): Promise<WorkersMeasurement> {
  const workers = [
    new Worker(builtFile('throughput-worker'), { workerData: task }),
    new Worker(builtFile('throughput-worker'), { workerData: task }),
  ];
  try {
    await Promise.all(workers.map(answerOf));
    const runs: (readonly [one: Run, two: Run])[] = [];
    for (let round = 0; round < rounds; round++) {
      const alone = workers.slice(round % 2, (round % 2) + 1);
      runs.push([await runTogether(alone, runMs), await runTogether(workers, runMs)]);
    }
    return {
      bench: 'workers',
      config: task.size,
      engine: task.engine,
      one: median(runs.map(([one]) => one.tokensPerSecond)),
      two: median(runs.map(([, two]) => two.tokensPerSecond)),
      ratio: median(runs.map(([one, two]) => two.tokensPerSecond / one.tokensPerSecond)),
      cores: median(runs.map(([, two]) => two.cores)),
      ratioPerCpu: median(
        runs.map(([one, two]) => (2 * (two.tokensPerSecond / two.cores)) / (one.tokensPerSecond / one.cores)),
      ),
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** What workers did side by side. */
interface Run {
  readonly tokensPerSecond: number;
  /** CPU seconds of the process per second. */
  readonly cores: number;
}

async function runTogether(workers: readonly Worker[], ms: number): Promise<Run> {
  const start = performance.now();
  const before = process.cpuUsage();
  const answers = workers.map(answerOf);
  for (const worker of workers) worker.postMessage({ ms });
  let tokensPerSecond = 0;
  for (const answer of await Promise.all(answers)) tokensPerSecond += answer === 'ready' ? 0 : answer.tokensPerSecond;
  const { user, system } = process.cpuUsage(before);
  return { tokensPerSecond, cores: (user + system) / 1000 / (performance.now() - start) };
}

async function answerOf(worker: Worker): Promise<WorkerAnswer> {
  const [answer] = (await once(worker, 'message')) as [WorkerAnswer];
  return answer;
}
