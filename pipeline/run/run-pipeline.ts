import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigError } from '../../core/index.ts';
import type { PipelineConfig } from '../config/schema.ts';
import { StreamTask } from '../streams/stream-task.ts';
import { ModelPool } from '../workers/model-pool.ts';
import { eventLog } from './event-log.ts';
import { configuredModel } from './models.ts';
import { type InputChoice, type OpenInput, openInput } from './open-input.ts';
import { openSink } from './open-sink.ts';
import type { PipelineSummary, RunPipelineOptions } from './pipeline-options.ts';
import { runKafka } from './run-kafka.ts';
import { runStream } from './run-stream.ts';

/**
 * Runs a pipeline file's configuration until its input ends or the signal drains it. A worker thread that dies is logged; its
 * streams go on where they were, and the findings are those of a run without the crash.
 * @throws InputError, ConnectorError; WorkerError when a stream cannot be restored; ConfigError and WeightsError from the model
 */
export async function runPipeline(config: PipelineConfig, options: RunPipelineOptions = {}): Promise<PipelineSummary> {
  const pool = openPool(config, options);
  try {
    if (config.source.kafka !== undefined) return await runKafka({ config, kafka: config.source.kafka, pool, options });
    await requireOtherFile(config);
    const input = await openInput(inputChoice(config, options), options.signal);
    try {
      return await runInput({ config, input, pool, options });
    } finally {
      await input.close();
    }
  } finally {
    await pool.close();
  }
}

interface InputRun {
  readonly config: PipelineConfig;
  readonly input: OpenInput;
  readonly pool: ModelPool;
  readonly options: RunPipelineOptions;
}

async function runInput({ config, input, pool, options }: InputRun): Promise<PipelineSummary> {
  const { source, columns, ignored } = input;
  if (ignored.length > 0) eventLog(options.log, config.log?.level)('columns-ignored', { columns: ignored });
  const kind = isAudio(config) ? 'audio' : 'series';
  const spec = await configuredModel(config, { kind, channels: columns.length });
  const sink = await openSink(config, options);
  const task = new StreamTask(pool, { spec, streamId: source.name, columns });
  const { signal } = options;
  const stream = { source, task, sink, ...(signal === undefined ? {} : { signal }) };
  const { samples, findings, anomalies } = await runStream(stream).catch(async (error: unknown) => {
    await (sink.abandon?.() ?? sink.close()).catch(() => undefined);
    throw error;
  });
  await sink.close();
  return { samples, findings, anomalies, deadLetters: 0, duplicates: 0 };
}

function openPool({ workers, restore, log: settings }: PipelineConfig, options: RunPipelineOptions): ModelPool {
  if (options.log === undefined) return new ModelPool({ workers, restore });
  const log = eventLog(options.log, settings?.level);
  return new ModelPool({
    workers,
    restore,
    onCrash: ({ worker, error, streams, lost }) =>
      log('worker-crashed', { worker, message: error.message, restored: streams.length, lost }),
  });
}

/** Results must not replace the input that they are made from. */
async function requireOtherFile({ source, sink }: PipelineConfig): Promise<void> {
  const [from, to] = [source.wav?.path ?? source.csv?.path, sink.ndjson?.path];
  if (from === undefined || to === undefined) return;
  const real = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
  if ((await real(from)) === (await real(to))) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`sink.ndjson.path\` to be another file than the input, got ${to}`,
    );
  }
}

function isAudio({ source }: PipelineConfig): boolean {
  return source.wav !== undefined || source.stdin?.format === 'wav';
}

function inputChoice(config: PipelineConfig, options: RunPipelineOptions): InputChoice {
  const { wav, csv, stdin } = config.source;
  if (wav !== undefined) return { format: 'wav', path: wav.path };
  const series = csv ?? stdin;
  const columns = {
    ...(series?.time === undefined ? {} : { time: series.time }),
    ...(series?.values === undefined ? {} : { values: series.values }),
  };
  if (csv !== undefined) return { format: 'csv', path: csv.path, ...columns };
  return { format: stdin?.format ?? 'csv', stream: options.stdin ?? process.stdin, name: 'stdin', ...columns };
}
