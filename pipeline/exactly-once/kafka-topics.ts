import { ensureTopics, type KafkaTransport, type TopicSpec } from '../../connectors/index.ts';
import { ConnectorError } from '../../core/index.ts';
import { type CheckpointTopics, checkpointTopics } from '../checkpoint/index.ts';
import type { CheckpointConfig } from '../config/checkpoint-schema.ts';
import { guaranteeOf } from '../config/guarantee-of.ts';
import type { PipelineConfig } from '../config/schema.ts';

/** The topics of a pipeline whose input is one. */
export interface KafkaTopics {
  readonly input: string;
  /** Of the input. */
  readonly partitions: number;
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
  const outputs = [...new Set([deadLetters, late, ...(output === undefined ? [] : [output])])];
  const create = config.sink.kafka?.createTopics ?? true;
  const { existing, times } = await found(transport, { input, outputs });
  const own: TopicSpec[] = outputs.map((topic) => ({
    ...{ topic, config: Object.fromEntries(times) },
    minimum: Object.fromEntries([...times].map(([name, value]) => [name, BigInt(value)])),
  }));
  const wanted = own.map((spec) => (existing.has(spec.topic) ? spec : { ...spec, partitions }));
  const counts = await ensureTopics(transport, [...wanted, ...specs], { create });
  const isAligned = own.every(({ topic }) => counts.get(topic) === partitions);
  const isExact = guaranteeOf(config) === 'exactly-once';
  return { input, partitions, deadLetters, late, output, checkpoint, isAligned, isExact };
}

/** How far timestamps may lie from a broker's clock. What the input takes its outputs must take: their records have its timestamps. */
const TIME_BOUNDS = ['message.timestamp.before.max.ms', 'message.timestamp.after.max.ms'];

/** Which of the outputs exist, and the bounds of the input's timestamps, as far as the brokers know such bounds. */
async function found(
  transport: KafkaTransport,
  { input, outputs }: { readonly input: string; readonly outputs: readonly string[] },
): Promise<{ readonly existing: ReadonlySet<string>; readonly times: ReadonlyMap<string, string> }> {
  const admin = await transport.admin();
  try {
    const existing = new Set((await admin.partitionCounts(outputs)).keys());
    const settings = (await admin.describeTopics([input])).get(input)?.config;
    const policy = settings?.get('cleanup.policy') ?? '';
    if (policy.includes('compact')) {
      throw new ConnectorError(
        'CONNECTOR_FAILED',
        `Expected input topic ${input} to have cleanup.policy delete, it has ${policy}: a restart reads records again, which compaction takes out`,
      );
    }
    const times = TIME_BOUNDS.flatMap((name): [string, string][] => {
      const value = settings?.get(name);
      return value === undefined ? [] : [[name, value]];
    });
    return { existing, times: new Map(times) };
  } finally {
    await admin.close();
  }
}
