import type { Writable } from 'node:stream';
import type { KafkaTransport } from '../../connectors/index.ts';
import type { LogLevel } from '../config/log-schema.ts';
import type { CommitStep } from '../exactly-once/partition-writer.ts';
import type { LogEvent, RunObserver } from '../operations/index.ts';

/** What a pipeline did. */
export interface PipelineSummary {
  readonly samples: number;
  readonly findings: number;
  readonly anomalies: number;
  /** Records that went to the dead-letter topic. */
  readonly deadLetters: number;
  /** Records that were dropped, because all their samples had come before. */
  readonly duplicates: number;
}

/** One line for the log: what happened, how much that matters, and its figures. */
export type PipelineLog = Readonly<Record<string, unknown>> & {
  readonly level: Exclude<LogLevel, 'silent'>;
  readonly event: LogEvent;
};

/** What {@link runPipeline} needs from the process. */
export interface RunPipelineOptions {
  /** Aborting it drains: what was read is finished, written and committed. */
  readonly signal?: AbortSignal;
  /** Takes events of the level that `log` of the pipeline file asks for, and above. */
  readonly log?: (line: PipelineLog) => void;
  /** Told of what happens in a Kafka pipeline: partitions, restores, commits, lag. */
  readonly observe?: RunObserver;
  /** Told of each step of each commit of a Kafka pipeline, just before it is taken: for traces. */
  readonly onCommitStep?: (step: CommitStep, partition: number) => void;
  /**
   * Stands in for the brokers that the file names, whose addresses are then not used: `embeddedBroker().transport()` runs a Kafka
   * pipeline without a cluster. It stays open. Default: a client of those brokers.
   */
  readonly transport?: KafkaTransport;
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly stdout?: Writable;
}
