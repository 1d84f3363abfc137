import { ensureTopics, type KafkaTransport, type TopicSpec } from '../../connectors/index.ts';
import { type CheckpointTopics, checkpointTopics } from '../checkpoint/index.ts';
import type { CheckpointConfig } from '../config/checkpoint-schema.ts';
import { guaranteeOf } from '../config/guarantee-of.ts';
import type { PipelineConfig } from '../config/schema.ts';

/** The topics of a pipeline whose input is one. */
export interface KafkaTopics {
  readonly input: string;
  readonly deadLetters: string;
  /** Where late records go; may be the one of the dead letters. */
  readonly late: string;
  /** Where findings go; `undefined`: elsewhere. */
  readonly output: string | undefined;
  readonly checkpoint: CheckpointTopics;
  /** Output, dead letters and late records have as many partitions as the input: what comes of a partition goes to the one of its number. */
  readonly isAligned: boolean;
  /** Findings, state and offset are committed together. */
  readonly isExact: boolean;
}

/** What {@link prepareTopics} looks at. */
export interface TopicNames {
  readonly input: string;
  readonly groupId: string;
  readonly deadLetters: string;
  readonly late: string;
  readonly output: string | undefined;
  readonly settings: CheckpointConfig;
}

/**
 * Makes the topics that a pipeline needs, where that is allowed, with as many partitions as its input; checks those that
 * exist.
 * @throws ConnectorError that names every topic that is missing or not as it must be
 */
export async function prepareTopics(
  config: PipelineConfig,
  names: TopicNames,
  transport: KafkaTransport,
): Promise<KafkaTopics> {
  const { input, groupId, deadLetters, late, output, settings } = names;
  const partitions = (await ensureTopics(transport, [{ topic: input }])).get(input) as number;
  const { topics: checkpoint, specs } = checkpointTopics(groupId, { partitions, ...settings });
  const outputs = new Set([deadLetters, late, ...(output === undefined ? [] : [output])]);
  const own: TopicSpec[] = [...outputs].map((topic) => ({ topic }));
  const create = config.sink.kafka?.createTopics ?? true;
  const admin = await transport.admin();
  const existing = await admin.partitionCounts(own.map(({ topic }) => topic)).finally(() => admin.close());
  const wanted = own.map(({ topic }) => (existing.has(topic) ? { topic } : { topic, partitions }));
  const counts = await ensureTopics(transport, [...wanted, ...specs], { create });
  const isAligned = own.every(({ topic }) => counts.get(topic) === partitions);
  const isExact = guaranteeOf(config) === 'exactly-once';
  return { input, deadLetters, late, output, checkpoint, isAligned, isExact };
}
