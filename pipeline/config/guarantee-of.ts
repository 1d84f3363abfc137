import type { PipelineConfig } from './schema.ts';

/** What a pipeline promises: what its file says, else `exactly-once` where findings go to the brokers that records come from. */
export function guaranteeOf({
  guarantee,
  sink,
}: Pick<PipelineConfig, 'guarantee' | 'sink'>): NonNullable<PipelineConfig['guarantee']> {
  const isOneCluster = sink.kafka !== undefined && sink.kafka.brokers === undefined;
  return guarantee ?? (isOneCluster ? 'exactly-once' : 'at-least-once');
}
