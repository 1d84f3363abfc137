import type { KafkaTransport } from '../../connectors/index.ts';
import { ConfigError, StateError } from '../../core/index.ts';
import { CheckpointWriter } from '../checkpoint/index.ts';
import type { PipelineConfig } from '../config/schema.ts';
import { GroupState, type PartitionPlaces } from './group-state.ts';
import { transactionalIdOf } from './transactional-id.ts';

/** Behind every offset: seen from there, everything that was ever written counts. */
const END_OF_OFFSETS = (1n << 63n) - 1n;

/** Where a group goes on. `committed`: where it is, or at the input's first record where that is gone or there is none. */
export type ResetTarget = 'committed' | 'earliest' | 'latest' | bigint;

/** What {@link resetState} is asked for. */
export interface ResetStateOptions {
  /** Default: all. */
  readonly partition?: number | undefined;
  readonly to: ResetTarget;
  /** Only says what would be done. */
  readonly dryRun: boolean;
  /** Default: a client of the brokers that the file names. */
  readonly transport?: KafkaTransport;
}

/** What a reset does to a partition. Offsets as text, for JSON. */
export interface ResetReport {
  readonly partition: number;
  /** Streams that begin anew. */
  readonly streams: number;
  readonly from: string | null;
  readonly to: string;
}

/**
 * Forgets the states of a group's streams and sets where it goes on, one transaction a partition. It is made under the
 * partition's own transactional id: a process that was stopped and wakes up is fenced. Findings that were committed stay. Topics
 * of the state that are missing are made.
 * @throws StateError `GROUP_ACTIVE` while the group has members; ConfigError, ConnectorError, TransactionError
 */
export async function* resetState(config: PipelineConfig, options: ResetStateOptions): AsyncGenerator<ResetReport> {
  const { partition, to, dryRun, transport } = options;
  const group = await GroupState.open(config, transport);
  try {
    const places = group.chosen(partition);
    const targets = places.map((place) => targetOf(group, place, to));
    await requireEmpty(group);
    if (!dryRun) await group.requireTopics();
    for (const [at, place] of places.entries()) {
      yield await resetPartition(group, place, { offset: targets[at] as bigint, dryRun });
    }
  } finally {
    await group.close();
  }
}

async function resetPartition(
  group: GroupState,
  { partition, committed }: PartitionPlaces,
  { offset, dryRun }: { readonly offset: bigint; readonly dryRun: boolean },
): Promise<ResetReport> {
  const checkpoint = await group.checkpoint(partition, END_OF_OFFSETS);
  const closed = [...new Set([...(checkpoint?.streams.keys() ?? []), ...(checkpoint?.slots.keys() ?? [])])];
  const report = {
    partition,
    streams: closed.length,
    from: committed === undefined ? null : String(committed),
    to: String(offset),
  };
  if (dryRun) return report;
  const { topic, groupId, name, topics } = group;
  const producer = await group.transport.transactional({
    transactionalId: transactionalIdOf({ name, groupId, topic, partition }),
  });
  try {
    await producer.begin();
    if (checkpoint !== undefined) {
      const writer = new CheckpointWriter({ partition, topics, slots: checkpoint.slots });
      const progress = { offset, streamTimeMs: Number.NEGATIVE_INFINITY };
      const prepared = writer.prepare({ partition: progress, streams: [], closed, snapshots: [] });
      await prepared.write((to, at, records) => producer.send(to, at, records));
    }
    await producer.sendOffset({ groupId, topic, partition, offset });
    await producer.commit();
  } finally {
    await producer.close();
  }
  return report;
}

function targetOf(
  { topic }: GroupState,
  { partition, low, high, committed }: PartitionPlaces,
  to: ResetTarget,
): bigint {
  if (to === 'earliest') return low;
  if (to === 'latest') return high;
  if (to === 'committed') return committed !== undefined && committed >= low && committed <= high ? committed : low;
  if (to >= low && to <= high) return to;
  throw new ConfigError(
    'CONFIG_INVALID',
    `Expected \`--to\` to be an offset in ${low}..${high}, which topic ${topic}, partition ${partition} holds, got ${to}`,
  );
}

async function requireEmpty({ admin, groupId }: GroupState): Promise<void> {
  const members = await admin.groupMembers(groupId);
  if (members.length === 0) return;
  const named = members.slice(0, 5).map(({ clientId, host }) => `${clientId} at ${host}`);
  throw new StateError(
    'GROUP_ACTIVE',
    `Expected group ${groupId} to have no members, got ${members.length} (${named.join(', ')}): stop them, or wait until the group has given them up`,
  );
}
