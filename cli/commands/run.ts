import { Command } from 'commander';
import { requireOneOf } from '../../core/index.ts';
import { LOG_LEVELS, requirePipeline, runPipeline } from '../../pipeline/index.ts';
import { EXIT } from '../exit-codes.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { logDestination } from '../log/log-destination.ts';
import { openRunLog } from '../log/run-log.ts';
import { readTextFile } from '../read-text-file.ts';

interface RunOptions {
  readonly failOnAnomaly?: boolean;
  readonly logLevel?: string;
}

/** `longwave run FILE`: runs a pipeline until its input ends or a signal drains it. */
export function runCommand(): Command {
  return new Command('run')
    .description('run a pipeline file until its input ends, or SIGTERM/Ctrl-C drains it')
    .argument('<pipeline.yaml>', 'the pipeline to run')
    .option('--fail-on-anomaly', 'exit 1 when anything was found')
    .option('--log-level <level>', `${LOG_LEVELS.join(', ')}; default: \`log.level\` of the file, else info`)
    .action(async (path: string, { failOnAnomaly, logLevel }: RunOptions) => {
      const asked = logLevel === undefined ? undefined : requireOneOf('--log-level', logLevel, LOG_LEVELS);
      const config = requirePipeline(await readTextFile(path), path);
      const level = asked ?? config.log?.level ?? 'info';
      const { signal } = listenForInterrupt();
      const log = await openRunLog({ level, pipeline: config.name, destination: await logDestination() });
      const { stdin, stdout } = process;
      const summary = await runPipeline({ ...config, log: { level } }, { signal, log, stdin, stdout });
      log({ level: 'info', event: 'done', ...summary });
      if (failOnAnomaly === true && summary.anomalies > 0) process.exitCode = EXIT.findings;
    });
}
