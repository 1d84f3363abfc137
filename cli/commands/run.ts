import { Command } from 'commander';
import { requirePipeline, runPipeline } from '../../pipeline/index.ts';
import { EXIT } from '../exit-codes.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { readTextFile } from '../read-text-file.ts';

/** `longwave run FILE`: runs a pipeline until its input ends or a signal drains it. */
export function runCommand(): Command {
  return new Command('run')
    .description('run a pipeline file until its input ends, or SIGTERM/Ctrl-C drains it')
    .argument('<pipeline.yaml>', 'the pipeline to run')
    .option('--fail-on-anomaly', 'exit 1 when anything was found')
    .action(async (path: string, options: { failOnAnomaly?: boolean }) => {
      const config = requirePipeline(await readTextFile(path), path);
      const interrupt = listenForInterrupt();
      const summary = await runPipeline(config, {
        signal: interrupt.signal,
        log: (line) => process.stderr.write(`${JSON.stringify(line)}\n`),
        stdin: process.stdin,
        stdout: process.stdout,
      });
      process.stderr.write(`${JSON.stringify({ event: 'done', pipeline: config.name, ...summary })}\n`);
      if (options.failOnAnomaly === true && summary.anomalies > 0) process.exitCode = EXIT.findings;
    });
}
