export { LOG_LEVELS, type LogLevel } from './config/log-schema.ts';
export { type ConfigFault, formatFault, type ParsedPipeline, parsePipeline, requirePipeline } from './config/parse.ts';
export { type PipelineConfig, pipelineJsonSchema } from './config/schema.ts';
export { COMMIT_STEPS, type CommitStep } from './exactly-once/partition-writer.ts';
export {
  type DescribedPartition,
  type DescribeStateOptions,
  describeState,
  LOG_EVENTS,
  type LogEvent,
  type PartitionReport,
  type ResetReport,
  type ResetStateOptions,
  type ResetTarget,
  type RunEvent,
  type RunObserver,
  resetState,
  type StreamReport,
} from './operations/index.ts';
export { defaultSeriesEncoder } from './run/defaults.ts';
export { audioModel, configuredModel, type StreamShape, seriesModel, storedModel } from './run/models.ts';
export { type InputChoice, type OpenInput, openInput } from './run/open-input.ts';
export type { PipelineLog, PipelineSummary, RunPipelineOptions } from './run/pipeline-options.ts';
export { runPipeline } from './run/run-pipeline.ts';
export { type RunStreamOptions, runStream, type StreamSummary } from './run/run-stream.ts';
export { terminalOutput } from './run/terminal-output.ts';
export { type Finding, isAnomalous } from './streams/finding.ts';
export { findingToJson } from './streams/finding-to-json.ts';
export { StreamTask } from './streams/stream-task.ts';
export { ModelPool, type RemoteStream } from './workers/model-pool.ts';
export type { ModelSnapshot } from './workers/model-snapshot.ts';
export type { AnomalySpec, EncoderSpec, FrontSpec, ModelOutput, ModelSpec, ModelStats } from './workers/model-spec.ts';
export type { ModelPoolOptions, WorkerCrash } from './workers/pool-options.ts';
export type { WorkerStats } from './workers/worker-slot.ts';
