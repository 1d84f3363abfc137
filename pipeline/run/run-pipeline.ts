import type { Writable } from 'node:stream';
import { ndjsonSink } from '../../connectors/index.ts';
import type { Sink } from '../../core/index.ts';
import type { PipelineConfig } from '../config/schema.ts';
import { ModelPool } from '../workers/model-pool.ts';
import type { Finding } from './finding.ts';
import { findingToJson } from './finding-to-json.ts';
import { openKafkaOutput } from './kafka-output.ts';
import { configuredModel } from './models.ts';
import { type InputChoice, openInput } from './open-input.ts';
import { runKafka } from './run-kafka.ts';
import { runStream } from './run-stream.ts';
import { StreamTask } from './stream-task.ts';
import { terminalOutput } from './terminal-output.ts';

/** What a pipeline did. */
export interface PipelineSummary {
  readonly samples: number;
  readonly findings: number;
  readonly anomalies: number;
  /** Records that went to the dead-letter topic. */
  readonly deadLetters: number;
}

/** One line for the log: an event name and its figures. */
export type PipelineLog = Readonly<Record<string, unknown>> & { readonly event: string };

/** What {@link runPipeline} needs from the process. */
export interface RunPipelineOptions {
  /** Aborting it drains: what was read is finished, written and committed. */
  readonly signal?: AbortSignal;
  readonly log?: (line: PipelineLog) => void;
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly stdout?: Writable;
}

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

/** Opens where the findings of a pipeline go. */
export async function openSink(config: PipelineConfig, options: RunPipelineOptions): Promise<Sink<Finding>> {
  const { kafka, ndjson } = config.sink;
  if (kafka !== undefined) return openKafkaOutput(kafka, config);
  const stdout = options.stdout ?? process.stdout;
  if (config.sink.terminal !== undefined) return terminalOutput(stdout);
  const path = ndjson?.path;
  return ndjsonSink(path === undefined ? { stream: stdout, name: 'standard output' } : { path }, findingToJson);
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
