import type { KafkaSourceHandler } from './source-handler.ts';
import { checkSourceOptions, type KafkaSourceOptions } from './source-options.ts';
import { SourceRun } from './source-run.ts';

/** A topic, read as a member of a consumer group. */
export interface KafkaSource {
  readonly name: string;
  /**
   * Reads until the signal aborts: then finishes and commits the batches at work, leaves the group and resolves.
   * @throws ConnectorError `CONNECTOR_UNREACHABLE`, `CONNECTOR_FAILED`, or the handler's own final error
   */
  run(handler: KafkaSourceHandler, signal: AbortSignal): Promise<void>;
}

/**
 * A source that delivers **at least once**: an offset is committed only after the handler has resolved for all
 * records before it. After a restart, or when a partition moves to another process, work goes on at the committed
 * offset with *fresh* state, and records that were handled but not yet committed come again.
 *
 * Partitions are worked on concurrently, each strictly in order. A partition is paused while its batch is at work, so
 * at most one fetched batch a partition and `maxInFlightBytes` in all are held; heartbeats come from the fetch loop
 * and never wait for the handler.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function kafkaSource(options: KafkaSourceOptions): KafkaSource {
  const checked = checkSourceOptions(options);
  return {
    name: `kafka:${checked.topic}`,
    run: (handler, signal) => new SourceRun(checked, handler).run(signal),
  };
}
