import type { PipelineConfig } from '../config/schema.ts';
import { ModelPool } from '../workers/model-pool.ts';
import { configuredModel } from './models.ts';
import { type InputChoice, openInput } from './open-input.ts';
import { openSink } from './open-sink.ts';
import type { PipelineSummary, RunPipelineOptions } from './pipeline-options.ts';
import { runKafka } from './run-kafka.ts';
import { runStream } from './run-stream.ts';
import { StreamTask } from './stream-task.ts';

/**
 * Runs a pipeline file's configuration until its input ends or the signal drains it.
 * @throws InputError, ConnectorError, WorkerError
 */
export async function runPipeline(config: PipelineConfig, options: RunPipelineOptions = {}): Promise<PipelineSummary> {
  const pool = new ModelPool({ workers: config.workers });
  try {
    if (config.source.kafka !== undefined) return await runKafka({ config, kafka: config.source.kafka, pool, options });
    const sink = await openSink(config, options);
    try {
      const { source, columns } = await openInput(inputChoice(config, options), options.signal);
      const task = new StreamTask(pool, {
        spec: configuredModel(config, columns.length),
        streamId: source.name,
        columns,
      });
      const { signal } = options;
      const { samples, findings, anomalies } = await runStream({
        source,
        task,
        sink,
        ...(signal === undefined ? {} : { signal }),
      });
      return { samples, findings, anomalies, deadLetters: 0 };
    } finally {
      await sink.close();
    }
  } finally {
    await pool.close();
  }
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
