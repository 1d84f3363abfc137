import { ndjsonSink } from '../../connectors/index.ts';
import type { Sink } from '../../core/index.ts';
import type { PipelineConfig } from '../config/schema.ts';
import type { Finding } from '../streams/finding.ts';
import { findingToJson } from '../streams/finding-to-json.ts';
import { eventLog } from './event-log.ts';
import { kafkaClientLog } from './kafka-client-log.ts';
import { openKafkaOutput } from './kafka-output.ts';
import type { RunPipelineOptions } from './pipeline-options.ts';
import { terminalOutput } from './terminal-output.ts';

/** Opens where the findings of a pipeline go. */
export async function openSink(config: PipelineConfig, options: RunPipelineOptions): Promise<Sink<Finding>> {
  const { kafka, ndjson } = config.sink;
  if (kafka !== undefined) {
    const log = kafkaClientLog(eventLog(options.log, config.log?.level));
    return openKafkaOutput({ sink: kafka, clientId: config.name, log, partitions: 1 });
  }
  const stdout = options.stdout ?? process.stdout;
  if (config.sink.terminal !== undefined) return terminalOutput(stdout);
  const path = ndjson?.path;
  return ndjsonSink(path === undefined ? { stream: stdout, name: 'standard output' } : { path }, findingToJson);
}
