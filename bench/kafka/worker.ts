import { readFileSync } from 'node:fs';
import { requirePipeline, runPipeline } from '../../pipeline/index.ts';

/**
 * A worker process of the bench: runs a pipeline file until SIGTERM. Says when it begins to restore, and when its first commit
 * begins.
 *
 *     node dist/bench/kafka/worker.js pipeline.yaml
 */
const path = process.argv[2] ?? '';
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

const say = (line: object): void => {
  process.stderr.write(`${JSON.stringify({ ...line, atMs: performance.now() })}\n`);
};
let hasBegun = false;

try {
  const summary = await runPipeline(requirePipeline(readFileSync(path, 'utf8'), path), {
    signal: stop.signal,
    log: say,
    onCommitStep: (step) => {
      if (step !== 'begin' || hasBegun) return;
      hasBegun = true;
      say({ event: 'first-commit' });
    },
  });
  say({ event: 'done', ...summary });
} catch (error) {
  say({ event: 'failed', code: (error as { code?: string }).code, message: (error as Error).message });
  process.exitCode = 1;
}
