import { Command } from 'commander';
import { ConfigError } from '../../core/index.ts';
import {
  describeState,
  type PartitionReport,
  type PipelineConfig,
  type ResetTarget,
  requirePipeline,
  resetState,
  type StreamReport,
} from '../../pipeline/index.ts';
import { EXIT } from '../exit-codes.ts';
import { readTextFile } from '../read-text-file.ts';

interface StateOptions {
  readonly partition?: number;
  readonly stream?: string;
  readonly to?: ResetTarget;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `longwave state ls|show|reset FILE`: what the brokers hold of a Kafka pipeline's group, and how to begin anew. */
export function stateCommand(): Command {
  const state = new Command('state').description("look at, or reset, the state of a Kafka pipeline's streams");
  const verb = (
    name: string,
    description: string,
    run: (config: PipelineConfig, options: StateOptions) => Promise<void>,
  ): Command =>
    state
      .command(name)
      .description(description)
      .argument('<pipeline.yaml>', 'the pipeline')
      .option('--partition <n>', 'this partition only', partitionNumber)
      .option('--json', 'one JSON object a line')
      .action(async (path: string, options: StateOptions) =>
        run(requirePipeline(await readTextFile(path), path), options),
      );
  verb('ls', 'the partitions: committed offset, progress, streams, states, lag', list);
  verb('show', 'the streams: progress, and the states that can be restored', show).option(
    '--stream <id>',
    'this stream only',
  );
  verb('reset', 'forget all states and set where the group goes on; needs an empty group', reset)
    .option('--to <place>', 'earliest, latest or an offset; default: where the group is', resetTarget)
    .option('--yes', 'do it; without, only say what would be done');
  return state;
}

async function list(config: PipelineConfig, { partition, json }: StateOptions): Promise<void> {
  let isFirst = true;
  for await (const { report } of describeState(config, { partition })) {
    if (json === true) {
      print(report);
      continue;
    }
    if (isFirst) row(PARTITION_COLUMNS.map(([name]) => name));
    isFirst = false;
    row(PARTITION_COLUMNS.map(([, cell]) => cell(report)));
  }
}

async function show(config: PipelineConfig, { partition, stream, json }: StateOptions): Promise<void> {
  let shown = 0;
  for await (const { streams } of describeState(config, { partition, stream })) {
    for (const report of streams) {
      shown += 1;
      if (json === true) print(report);
      else process.stdout.write(streamText(report));
    }
  }
  if (shown > 0 || stream === undefined) return;
  throw new ConfigError(
    'CONFIG_INVALID',
    `Expected \`--stream\` to be a stream with a state, got ${JSON.stringify(stream)}`,
  );
}

async function reset(config: PipelineConfig, { partition, to = 'committed', yes, json }: StateOptions): Promise<void> {
  const dryRun = yes !== true;
  for await (const report of resetState(config, { partition, to, dryRun })) {
    if (json === true) print({ ...report, done: !dryRun });
    else {
      const { streams, from } = report;
      process.stdout.write(
        `partition ${report.partition}: ${streams} streams ${dryRun ? 'would begin' : 'begin'} anew, offset ${from ?? 'none'} -> ${report.to}\n`,
      );
    }
  }
  if (!dryRun) return;
  process.stderr.write('longwave: nothing was changed; `--yes` does it\n');
  process.exitCode = EXIT.usage;
}

const PARTITION_COLUMNS: readonly (readonly [name: string, cell: (report: PartitionReport) => string])[] = [
  ['partition', ({ partition }) => String(partition)],
  ['committed', ({ committed }) => committed ?? '-'],
  ['progress', ({ progress }) => progress ?? '-'],
  ['lag', ({ lag }) => lag],
  ['streams', ({ streams }) => String(streams)],
  ['state bytes', ({ snapshotBytes }) => String(snapshotBytes)],
  ['reads from', ({ readsFrom }) => readsFrom ?? '-'],
  ['input from', ({ low }) => low],
  ['damaged', ({ damaged }) => String(damaged)],
  ['fault', ({ fault }) => fault ?? '-'],
];

function row(cells: readonly string[]): void {
  const padded = cells.map((cell, at) => cell.padEnd(Math.max(10, PARTITION_COLUMNS[at]?.[0].length ?? 0)));
  process.stdout.write(`${padded.join('  ').trimEnd()}\n`);
}

function streamText({ partition, streamId, openedAt, offset, nextSample, digest, snapshots }: StreamReport): string {
  const states = snapshots.map(
    ({ offset: at, slot, bytes, chunks }) =>
      `  state at offset ${at}: ${bytes} bytes, ${chunks} chunks, slot ${slot}\n`,
  );
  const place = `offset ${offset ?? '-'}, since ${openedAt ?? '-'}, next sample ${nextSample ?? '-'}, digest ${digest ?? '-'}`;
  return `partition ${partition}, stream ${JSON.stringify(streamId)}: ${place}\n${states.join('')}`;
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function partitionNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ConfigError(
    'CONFIG_INVALID',
    `Expected \`--partition\` to be a number from 0 on, got ${JSON.stringify(text)}`,
  );
}

function resetTarget(text: string): ResetTarget {
  if (text === 'earliest' || text === 'latest') return text;
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  throw new ConfigError(
    'CONFIG_INVALID',
    `Expected \`--to\` to be earliest, latest or an offset, got ${JSON.stringify(text)}`,
  );
}
