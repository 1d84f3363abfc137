import type { PartitionReader } from '../../connectors/index.ts';
import { SnapshotError } from '../../core/index.ts';
import { parseKey } from './checkpoint-keys.ts';
import type { SnapshotManifest } from './checkpoint-records.ts';
import { SnapshotAssembly } from './snapshot-chunks.ts';

/** Snapshots with fewer offsets between them are read in one go: to begin a read costs more than some records too many. */
const MERGED_GAP = 1000n;

/** A partition of the snapshots topic. */
export interface SnapshotLog {
  readonly reader: Pick<PartitionReader, 'read'>;
  readonly topic: string;
  readonly partition: number;
  /** First offset. */
  readonly low: bigint;
  /** The one behind the last. */
  readonly high: bigint;
}

/** What became of a manifest: the bytes that it stands for, or why they are not to be had. */
export interface ReadSnapshot {
  readonly manifest: SnapshotManifest;
  readonly found: Uint8Array | SnapshotError;
}

/**
 * Reads the snapshots of manifests, at most one of each stream, in the order in which they lie in the topic. Little more than one
 * is held at a time.
 * @throws ConnectorError
 */
export async function* readSnapshots(
  log: SnapshotLog,
  manifests: readonly SnapshotManifest[],
): AsyncGenerator<ReadSnapshot> {
  for (const group of groupsOf(manifests)) yield* readGroup(log, group);
}

/** Snapshots that lie near each other, in order. */
interface Group {
  readonly manifests: SnapshotManifest[];
  to: bigint;
}

function groupsOf(manifests: readonly SnapshotManifest[]): Group[] {
  const groups: Group[] = [];
  for (const manifest of [...manifests].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))) {
    const { firstOffset, endOffset } = manifest;
    const group = groups.at(-1);
    if (group === undefined || firstOffset - group.to > MERGED_GAP)
      groups.push({ manifests: [manifest], to: endOffset });
    else {
      group.manifests.push(manifest);
      if (endOffset > group.to) group.to = endOffset;
    }
  }
  return groups;
}

async function* readGroup(log: SnapshotLog, { manifests, to }: Group): AsyncGenerator<ReadSnapshot> {
  const waiting = [...manifests].reverse();
  const open = new Map<string, SnapshotAssembly>();
  for await (const record of recordsOf(log, waiting.at(-1)?.firstOffset ?? to, to)) {
    for (let next = waiting.at(-1); next !== undefined && next.firstOffset <= record.offset; next = waiting.at(-1)) {
      open.set(nameOf(next), new SnapshotAssembly(next));
      waiting.pop();
    }
    for (const [name, assembly] of open) {
      if (assembly.manifest.endOffset > record.offset) continue;
      open.delete(name);
      yield outcome(assembly);
    }
    const key = parseKey(record.key);
    if (key?.kind !== 'chunk') continue;
    const assembly = open.get(nameOf(key));
    assembly?.add(record, key);
    if (assembly?.isComplete !== true) continue;
    open.delete(nameOf(key));
    yield outcome(assembly);
  }
  for (const assembly of open.values()) yield outcome(assembly);
  for (const manifest of waiting.reverse()) yield outcome(new SnapshotAssembly(manifest));
}

async function* recordsOf({ reader, topic, partition, low, high }: SnapshotLog, from: bigint, to: bigint) {
  const range = { topic, partition, from: from > low ? from : low, to: to < high ? to : high };
  if (range.from >= range.to) return;
  for await (const records of reader.read(range)) yield* records;
}

function nameOf({ streamId, slot }: { readonly streamId: string; readonly slot: number }): string {
  return `${slot}|${streamId}`;
}

function outcome(assembly: SnapshotAssembly): ReadSnapshot {
  const { manifest } = assembly;
  try {
    return { manifest, found: assembly.finish() };
  } catch (error) {
    if (error instanceof SnapshotError) return { manifest, found: error };
    throw error;
  }
}
