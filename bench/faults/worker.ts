import { readFileSync } from 'node:fs';
import { requirePipeline, runPipeline } from '../../pipeline/index.ts';

/**
 * A worker process of the fault tests: runs a pipeline file until SIGTERM, and ends or stops itself at steps of commits.
 *
 *     node dist/bench/faults/worker.js pipeline.yaml [step:count:signal]…
 */
const [path = '', ...points] = process.argv.slice(2);
const faults = points.map((point) => {
  const [step = '', count = '', signal = ''] = point.split(':');
  return { step, left: Number(count), signal: signal as NodeJS.Signals };
});
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

const say = (line: object): void => {
  process.stderr.write(`${JSON.stringify(line)}\n`);
};

try {
  const summary = await runPipeline(requirePipeline(readFileSync(path, 'utf8'), path), {
    signal: stop.signal,
    log: say,
    onCommitStep: (step, partition) => {
      for (const fault of faults) {
        if (step !== fault.step || --fault.left !== 0) continue;
        // A pipe takes it before the signal does its work.
        say({ event: 'fault', step, partition, signal: fault.signal });
        process.kill(process.pid, fault.signal);
      }
    },
  });
  say({ event: 'done', ...summary });
} catch (error) {
  say({ event: 'failed', code: (error as { code?: string }).code, message: (error as Error).message });
  process.exitCode = 1;
}
