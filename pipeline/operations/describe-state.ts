import type { KafkaTransport } from '../../connectors/index.ts';
import type { SnapshotManifest, StreamEntry } from '../checkpoint/index.ts';
import type { PipelineConfig } from '../config/schema.ts';
import { GroupState, type PartitionPlaces } from './group-state.ts';

/** A state that can be restored. */
export interface SnapshotReport extends Pick<SnapshotManifest, 'slot' | 'bytes' | 'chunks'> {
  /** Records before it are in the state. */
  readonly offset: string;
}

/** Where a stream is, and the states of it that can be restored, the newest first. Offsets as text, for JSON. */
export interface StreamReport {
  readonly partition: number;
  readonly streamId: string;
  readonly openedAt: string | null;
  readonly offset: string | null;
  readonly nextSample: number | null;
  readonly digest: number | null;
  readonly lastSeenMs: number | null;
  readonly snapshots: readonly SnapshotReport[];
}

/** What there is of a partition. Offsets as text, for JSON. */
export interface PartitionReport {
  readonly partition: number;
  readonly committed: string | null;
  /** By the state topic: equals `committed`, unless somebody has moved the group. */
  readonly progress: string | null;
  /** Input records behind the committed offset. */
  readonly lag: string;
  readonly streams: number;
  /** Of the newest state of each stream. */
  readonly snapshotBytes: number;
  /** Where a restart begins to read; what the input holds begins at `low`. */
  readonly readsFrom: string | null;
  readonly low: string;
  /** What a run would say of it now, `null`: nothing. */
  readonly fault: 'CHECKPOINT_MISMATCH' | 'INPUT_EXPIRED' | null;
  /** Records of the state topic that cannot be used. */
  readonly damaged: number;
}

/** What {@link describeState} is asked for. */
export interface DescribeStateOptions {
  readonly partition?: number | undefined;
  readonly stream?: string | undefined;
  /** Default: a client of the brokers that the file names. */
  readonly transport?: KafkaTransport;
}

/** What is found of a partition and its streams. */
export interface DescribedPartition {
  readonly report: PartitionReport;
  readonly streams: readonly StreamReport[];
}

/**
 * Reads what the brokers hold of a pipeline's group, without a part in it, partition by partition.
 * @throws ConfigError, ConnectorError
 */
export async function* describeState(
  config: PipelineConfig,
  { partition, stream, transport }: DescribeStateOptions = {},
): AsyncGenerator<DescribedPartition> {
  const group = await GroupState.open(config, transport);
  try {
    for (const places of group.chosen(partition)) {
      const found = await describePartition(group, places);
      yield { ...found, streams: found.streams.filter(({ streamId }) => stream === undefined || streamId === stream) };
    }
  } finally {
    await group.close();
  }
}

async function describePartition(group: GroupState, places: PartitionPlaces): Promise<DescribedPartition> {
  const { partition, low, high, committed } = places;
  const checkpoint = await group.checkpoint(partition, committed ?? 0n);
  const entries = [...(checkpoint?.streams.values() ?? [])];
  const progress = checkpoint?.partition?.offset;
  const readsFrom = entries.reduce((least, entry) => smaller(least, startOf(entry)), committed);
  const report: PartitionReport = {
    partition,
    committed: textOf(committed),
    progress: textOf(progress),
    lag: String(high - (committed ?? low)),
    streams: entries.length,
    snapshotBytes: entries.reduce((sum, { manifests }) => sum + (manifests[0]?.bytes ?? 0), 0),
    readsFrom: textOf(readsFrom),
    low: String(low),
    fault: faultOf(group, { progress, committed, readsFrom, low }),
    damaged: checkpoint?.faults.length ?? 0,
  };
  return { report, streams: entries.map((entry) => describeStream(partition, entry)) };
}

/** Where the input of a stream is read again; `undefined` where its state stands for all of it. */
function startOf({ openedAt, progress, anchor, manifests: [newest] }: StreamEntry): bigint | undefined {
  const places = [newest?.offset, anchor?.offset].flatMap((offset) => offset ?? []);
  const from = places.reduce((latest, offset) => (latest !== undefined && latest > offset ? latest : offset), openedAt);
  return from !== undefined && progress !== undefined && from >= progress.offset ? undefined : from;
}

function smaller(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

function faultOf(
  { isExact }: GroupState,
  {
    progress,
    committed,
    readsFrom,
    low,
  }: Readonly<Record<'progress' | 'committed' | 'readsFrom', bigint | undefined>> & {
    readonly low: bigint;
  },
): PartitionReport['fault'] {
  // Without transactions the offset comes last, and may not have come.
  const mayBeAhead = !isExact && committed !== undefined && progress !== undefined && progress > committed;
  if (progress !== undefined && progress !== committed && !mayBeAhead) return 'CHECKPOINT_MISMATCH';
  if (progress === undefined && committed !== undefined && committed > 0n) return 'CHECKPOINT_MISMATCH';
  return readsFrom !== undefined && readsFrom < low ? 'INPUT_EXPIRED' : null;
}

function describeStream(partition: number, { streamId, openedAt, progress, manifests }: StreamEntry): StreamReport {
  const lastSeenMs = progress?.lastSeenMs ?? Number.NEGATIVE_INFINITY;
  return {
    ...{ partition, streamId },
    openedAt: textOf(openedAt),
    offset: textOf(progress?.offset),
    nextSample: progress?.nextSample ?? null,
    digest: progress?.digest ?? null,
    lastSeenMs: Number.isFinite(lastSeenMs) ? lastSeenMs : null,
    snapshots: manifests.map(({ offset, slot, bytes, chunks }) => ({ offset: String(offset), slot, bytes, chunks })),
  };
}

function textOf(offset: bigint | undefined): string | null {
  return offset === undefined ? null : String(offset);
}
