import { SnapshotError, show } from '../../core/index.ts';
import type { SnapshotManifest, StreamProgress } from './checkpoint-records.ts';
import type { FoundManifest, StreamRecords } from './state-index.ts';
import type { StreamAnchor } from './stream-anchor.ts';
import { otherSlot, type StreamSlots } from './stream-slots.ts';

/** What is known of a stream before its snapshots are read. */
export interface StreamEntry {
  readonly streamId: string;
  /** Input offset of its first record; `undefined` where all that told it is damaged. */
  readonly openedAt: bigint | undefined;
  /** As of the last commit; `undefined` where it is damaged, or of a commit behind the offset to go on from. */
  readonly progress: StreamProgress | undefined;
  /** Those that may be restored from, the newest first. */
  readonly manifests: readonly SnapshotManifest[];
  /** Where it may be begun anew, `undefined` where nothing tells. */
  readonly anchor: StreamAnchor | undefined;
}

/** A stream as the state topic has it. */
export interface JudgedStream {
  /** `undefined` for a stream that begins behind the offset to go on from. */
  readonly entry: StreamEntry | undefined;
  /** `undefined` where nothing lies in the snapshots topic, as far as is known. */
  readonly slots: StreamSlots | undefined;
  readonly faults: readonly SnapshotError[];
}

/**
 * Judges what the state topic says of a stream. A manifest serves when it is of this stream, not of an earlier one of the same
 * name, and stands for no record behind `committedOffset` or behind the stream's progress. One whose offset is behind that of
 * the progress serves where both have the same digest: the partition had gone on without the stream.
 *
 * Progress behind `committedOffset` is what a commit without transactions leaves when the offset did not follow: there is then
 * nothing to compare with, and manifests of that commit are left aside.
 */
export function judgeStream(records: StreamRecords, committedOffset: bigint): JudgedStream {
  const { streamId, progress } = records;
  const faults: SnapshotError[] = [];
  const refuse = (message: string): void => {
    faults.push(new SnapshotError('SNAPSHOT_CORRUPT', `stream ${show(streamId)}: ${message}`));
  };
  const found = newestFirst(records.manifests);
  const openedAt = progress?.openedAt ?? latest(found);
  const isAhead = progress !== undefined && progress.offset > committedOffset;
  const own = found.filter(({ manifest }) => {
    // An earlier stream of the name: its records go when this one's first snapshot is written.
    if (manifest.openedAt < (openedAt as bigint)) return false;
    if (manifest.openedAt === openedAt) return true;
    refuse(`Expected its snapshot to be of the stream that began at offset ${openedAt}, got ${manifest.openedAt}`);
    return false;
  });
  const serving = own.filter(({ manifest: { offset, digest } }) => {
    if (offset > committedOffset) {
      if (!isAhead) refuse(`Expected a snapshot of records before offset ${committedOffset}, got ${offset}`);
      return false;
    }
    if (progress === undefined || offset <= progress.offset || digest === progress.digest) return true;
    refuse(`Expected a snapshot of records before offset ${progress.offset}, where it was last, got ${offset}`);
    return false;
  });
  if (progress === undefined) refuse('Expected its progress beside its snapshots, got none');
  const manifests = serving.map(({ manifest }) => manifest);
  const isBehind = openedAt !== undefined && openedAt >= committedOffset;
  const anchor = isAhead ? undefined : judgeAnchor(records, refuse);
  const entry = { streamId, openedAt, progress: isAhead ? undefined : progress, manifests, anchor };
  return { entry: isBehind ? undefined : entry, slots: slotsOf(records, manifests[0]), faults };
}

/** An anchor is written with its stream's progress, so that of an earlier stream of the name is of no account. */
function judgeAnchor({ anchor, progress }: StreamRecords, refuse: (message: string) => void): StreamAnchor | undefined {
  if (anchor === undefined || progress === undefined || anchor.openedAt < progress.openedAt) return undefined;
  if (anchor.openedAt === progress.openedAt && anchor.checkOffset <= progress.offset) return anchor;
  const expected = `the stream that began at offset ${progress.openedAt} and is at ${progress.offset}`;
  refuse(`Expected its anchor to be of ${expected}, got ${anchor.openedAt} and ${anchor.checkOffset}`);
  return undefined;
}

function newestFirst(manifests: StreamRecords['manifests']): FoundManifest[] {
  const found = manifests.filter((one) => one !== undefined);
  return found.sort((a, b) => compare(b.manifest.offset, a.manifest.offset) || compare(b.at, a.at));
}

function latest(found: readonly FoundManifest[]): bigint | undefined {
  return found
    .map(({ manifest }) => manifest.openedAt)
    .sort(compare)
    .at(-1);
}

function slotsOf({ manifests }: StreamRecords, newest: SnapshotManifest | undefined): StreamSlots | undefined {
  const [first, second] = manifests;
  // Slots of an earlier stream keep its beginning, so that they are emptied when this one has its next record.
  const begun = newest?.openedAt ?? (first ?? second)?.manifest.openedAt;
  if (begun === undefined) return undefined;
  const chunks = [first?.manifest.chunks ?? 0, second?.manifest.chunks ?? 0] as const;
  return { openedAt: begun, next: newest === undefined ? 0 : otherSlot(newest.slot), chunks };
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
