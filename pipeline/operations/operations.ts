import type { ErrorCode } from '../../core/index.ts';
import type { PipelineConfig } from '../config/schema.ts';
import { openOperationsServer } from './http-server.ts';
import type { EventLog } from './log-events.ts';
import { logObserver } from './log-observer.ts';
import { PartitionBoard } from './partition-board.ts';
import type { RunObserver } from './run-event.ts';
import { type PartitionLoad, RunMetrics } from './run-metrics.ts';

/** What {@link openOperations} works with. */
export interface OperationsOptions {
  readonly config: PipelineConfig;
  /** Told of everything as well. */
  readonly observe: RunObserver | undefined;
  readonly log: EventLog;
}

/** What watches a run from outside. */
export interface Operations {
  readonly observe: RunObserver;
  /** From now on these are asked for the streams that are open. */
  watch(loads: () => readonly PartitionLoad[]): void;
  close(): Promise<void>;
}

/**
 * Opens the endpoints that a pipeline file asks for, and keeps them up to date by the events of the run.
 * @throws ConnectorError `CONNECTOR_FAILED` where they cannot be opened
 */
export async function openOperations({ config, observe, log }: OperationsOptions): Promise<Operations> {
  const { http, source } = config;
  const toLog = logObserver(log);
  const tell: RunObserver = (event) => {
    toLog(event);
    observe?.(event);
  };
  if (http === undefined) return { observe: tell, watch: () => {}, close: async () => {} };
  let loads = (): readonly PartitionLoad[] => [];
  const board = new PartitionBoard();
  const readiness = (): typeof board.readiness => board.readiness;
  const labels = { pipeline: config.name, topic: source.kafka?.topic ?? '', group: source.kafka?.groupId ?? '' };
  const metrics = new RunMetrics({ labels, loads: () => loads(), readiness, now: Date.now });
  const server = await openOperationsServer(http, { readiness, metrics });
  log('http', { url: server.url });
  return {
    observe: (event) => {
      board.observe(event);
      metrics.observe(event);
      tell(event);
    },
    watch: (given) => {
      loads = given;
    },
    close: () => server.close(),
  };
}

/** A log that also tells the observer of attempts to commit that failed. */
export function watchedLog(log: EventLog, observe: RunObserver): EventLog {
  return (event, fields) => {
    const { partition, code } = fields;
    if (event === 'commit-failed')
      observe({ kind: 'aborted', partition: partition as number, code: code as ErrorCode });
    log(event, fields);
  };
}
