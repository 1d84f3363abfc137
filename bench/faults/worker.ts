import { readFileSync } from 'node:fs';
import { requirePipeline, runPipeline } from '../../pipeline/index.ts';

/**
 * A worker process of the fault tests: runs a pipeline file until SIGTERM, and ends or stops itself at a step of a commit.
 *
 *     node dist/bench/faults/worker.js pipeline.yaml [step:count:signal]
 */
const [path = '', fault = ''] = process.argv.slice(2);
const [faultStep, faultCount, signal] = fault.split(':');
let left = Number(faultCount);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

const say = (line: object): void => {
  process.stderr.write(`${JSON.stringify(line)}\n`);
};

try {
  const summary = await runPipeline(requirePipeline(readFileSync(path, 'utf8'), path), {
    signal: stop.signal,
    log: say,
    onCommitStep: (step) => {
      if (step !== faultStep || --left !== 0) return;
      process.kill(process.pid, signal as NodeJS.Signals);
    },
  });
  say({ event: 'done', ...summary });
} catch (error) {
  say({ event: 'failed', code: (error as { code?: string }).code, message: (error as Error).message });
  process.exitCode = 1;
}
