import type { TopicSpec } from '../../connectors/index.ts';
import { ConfigError, show } from '../../core/index.ts';

/** Bytes of a chunk at most: with its key and headers it fits Kafka's default of 1 MiB for a request. */
export const DEFAULT_MAX_CHUNK_BYTES = 900_000;

/** Bytes of a chunk with its key, its headers and the frame of its request, at most. */
const MAX_CHUNK_RECORD_BYTES = 1_000_000;

/** Bytes of records sent at once, but for a larger single one. */
export const DEFAULT_MAX_REQUEST_BYTES = 1_000_000;

/** The two topics that hold the state of a group's streams, with the partitions of its input. */
export interface CheckpointTopics {
  /** Progress and manifests. */
  readonly state: string;
  /** The states themselves, in chunks. */
  readonly snapshots: string;
}

/** Options of {@link checkpointTopics}. */
export interface CheckpointTopicOptions {
  /** Partitions of the input. */
  readonly partitions: number;
  /** Default: the broker's. */
  readonly replicationFactor?: number | undefined;
  /** Default: the group id with `.state` behind it. */
  readonly stateTopic?: string | undefined;
  /** Default: the group id with `.snapshots` behind it. */
  readonly snapshotTopic?: string | undefined;
}

/**
 * The topics of a group's state: their names, how they are made, and what they must have where they exist. Both keep the last record of each key. Only what lies in
 * segments that are closed is compacted, so segments are small and close in time.
 * @throws ConfigError `CONFIG_INVALID` when both have one name
 */
export function checkpointTopics(
  groupId: string,
  options: CheckpointTopicOptions,
): { readonly topics: CheckpointTopics; readonly specs: readonly TopicSpec[] } {
  const { partitions, replicationFactor } = options;
  const topics = {
    state: options.stateTopic ?? `${groupId}.state`,
    snapshots: options.snapshotTopic ?? `${groupId}.snapshots`,
  };
  if (topics.state === topics.snapshots) {
    const expected = 'Expected the topics of progress and of snapshots to be two';
    throw new ConfigError('CONFIG_INVALID', `${expected}, got ${show(topics.state)} for both`);
  }
  const shared = { partitions, ...(replicationFactor === undefined ? {} : { replicationFactor }) };
  const compact = { 'cleanup.policy': 'compact', 'segment.ms': '600000' };
  // With another policy the brokers delete states that are still needed.
  const required = ['cleanup.policy'];
  const specs: TopicSpec[] = [
    {
      ...{ topic: topics.state, ...shared, required },
      config: { ...compact, 'segment.bytes': String(2 ** 24), 'min.cleanable.dirty.ratio': '0.2' },
    },
    {
      ...{
        topic: topics.snapshots,
        ...shared,
        required,
        minimum: { 'max.message.bytes': BigInt(MAX_CHUNK_RECORD_BYTES) },
      },
      config: {
        ...{ ...compact, 'segment.bytes': String(2 ** 26), 'min.cleanable.dirty.ratio': '0.1' },
        'max.message.bytes': String(2 ** 21),
      },
    },
  ];
  return { topics, specs };
}
