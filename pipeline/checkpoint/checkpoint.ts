import { SnapshotError } from '../../core/index.ts';
import type { Slot } from './checkpoint-keys.ts';
import type { PartitionProgress, SnapshotManifest } from './checkpoint-records.ts';
import type { LocalCopies } from './local-copies.ts';
import { type ReadSnapshot, readSnapshots, type SnapshotLog } from './read-snapshots.ts';
import type { StateIndex } from './state-index.ts';
import type { StreamAnchor } from './stream-anchor.ts';
import { judgeStream, type StreamEntry } from './stream-entry.ts';
import { otherSlot, type StreamSlots } from './stream-slots.ts';

/** What {@link Checkpoint} works with. */
export interface CheckpointOptions {
  readonly log: SnapshotLog;
  readonly committedOffset: bigint;
  /** Where snapshots may lie nearer than in their topic. Default: nowhere. */
  readonly copies?: Pick<LocalCopies, 'read'> | undefined;
}

/**
 * A stream with the newest of its snapshots that is whole, or its anchor; where there is neither, its state begins anew at its
 * first record.
 */
export type LoadedSnapshot = { readonly streamId: string; readonly entry: StreamEntry } & (
  | { readonly manifest: SnapshotManifest; readonly bytes: Uint8Array; readonly anchor?: undefined }
  | { readonly manifest: undefined; readonly bytes: undefined; readonly anchor?: StreamAnchor }
);

/** What was written of a partition, as of a committed offset. */
export class Checkpoint {
  /** How far the partition had come; `undefined` where nothing was written of it, or that is damaged. */
  readonly partition: PartitionProgress | undefined;
  /** Progress was written behind the committed offset, so the two were not written together. */
  readonly isAhead: boolean;
  /** By their id. O(streams). */
  readonly streams: ReadonlyMap<string, StreamEntry>;
  readonly #log: SnapshotLog;
  readonly #copies: CheckpointOptions['copies'];
  readonly #slots = new Map<string, StreamSlots>();
  readonly #faults: SnapshotError[];

  constructor(index: StateIndex, { log, committedOffset, copies }: CheckpointOptions) {
    this.partition = index.partition;
    this.isAhead = index.partition !== undefined && index.partition.offset > committedOffset;
    this.#log = log;
    this.#copies = copies;
    this.#faults = [...index.faults];
    const streams = new Map<string, StreamEntry>();
    for (const records of index.streams) {
      const { entry, slots, faults } = judgeStream(records, committedOffset);
      this.#faults.push(...faults);
      if (entry !== undefined) streams.set(records.streamId, entry);
      if (slots !== undefined) this.#slots.set(records.streamId, slots);
    }
    this.streams = streams;
    this.#judgePartition(index, committedOffset);
  }

  /** Everything that was found wrong so far. */
  get faults(): readonly SnapshotError[] {
    return this.#faults;
  }

  /** What lies in the topics, for the writer that goes on. To be asked for when the snapshots have been read. */
  get slots(): ReadonlyMap<string, StreamSlots> {
    return this.#slots;
  }

  /**
   * Reads the snapshots: of each stream the newest that is whole, about one at a time, in the order in which they lie in the
   * topic. Streams whose newest one is damaged come behind the others, then those that have none. The reader must be left alone
   * until the last has come.
   * Those that lie nearer come first.
   * @param from whether streams whose anchor stands for no fewer records than their newest snapshot are given with that,
   *   before all others. Default `snapshots`: no
   * @throws ConnectorError
   */
  async *snapshots(from: 'snapshots' | 'anchors' = 'snapshots'): AsyncGenerator<LoadedSnapshot> {
    const none: StreamEntry[] = [];
    const again: SnapshotManifest[] = [];
    const anchored = new Set<StreamEntry>();
    for (const entry of from === 'anchors' ? this.streams.values() : []) {
      const { streamId, anchor, manifests } = entry;
      if (anchor === undefined || anchor.offset < (manifests[0]?.offset ?? 0n)) continue;
      anchored.add(entry);
      yield { streamId, entry, manifest: undefined, bytes: undefined, anchor };
    }
    const rest = [...this.streams.values()].filter((entry) => !anchored.has(entry));
    const first: SnapshotManifest[] = [];
    for (const entry of rest) {
      const [newest] = entry.manifests;
      if (newest === undefined) continue;
      const bytes = await this.#copies?.read(newest);
      if (bytes === undefined) first.push(newest);
      else yield this.#loaded(entry, newest, bytes);
    }
    for await (const read of readSnapshots(this.#log, first)) {
      const entry = this.#entryOf(read);
      const older = entry.manifests[1];
      if (this.#isWhole(read)) yield this.#loaded(entry, read.manifest, read.found);
      else if (older === undefined) none.push(entry);
      else again.push(older);
    }
    for await (const read of readSnapshots(this.#log, again)) {
      const entry = this.#entryOf(read);
      if (this.#isWhole(read)) yield this.#loaded(entry, read.manifest, read.found);
      else none.push(entry);
    }
    for (const entry of rest) if (entry.manifests.length === 0) none.push(entry);
    for (const entry of none) yield { streamId: entry.streamId, entry, manifest: undefined, bytes: undefined };
  }

  #loaded(entry: StreamEntry, manifest: SnapshotManifest, bytes: Uint8Array): LoadedSnapshot {
    this.#keep(entry.streamId, manifest.slot);
    return { streamId: entry.streamId, entry, manifest, bytes };
  }

  #isWhole(read: ReadSnapshot): read is ReadSnapshot & { readonly found: Uint8Array } {
    if (read.found instanceof SnapshotError) this.#faults.push(read.found);
    return !(read.found instanceof SnapshotError);
  }

  #entryOf({ manifest }: ReadSnapshot): StreamEntry {
    return this.streams.get(manifest.streamId) as StreamEntry;
  }

  /** The next snapshot goes to the other slot. */
  #keep(streamId: string, slot: Slot): void {
    const slots = this.#slots.get(streamId);
    if (slots !== undefined) this.#slots.set(streamId, { ...slots, next: otherSlot(slot) });
  }

  #judgePartition({ partition }: StateIndex, committedOffset: bigint): void {
    const isMissing = partition === undefined && this.streams.size > 0;
    if (!isMissing && (partition === undefined || partition.offset >= committedOffset)) return;
    const got = partition === undefined ? 'none' : String(partition.offset);
    const { topic } = this.#log;
    this.#faults.push(
      new SnapshotError(
        'SNAPSHOT_CORRUPT',
        `partition ${this.#log.partition}: Expected progress up to the committed offset ${committedOffset} beside the snapshots in ${topic}, got ${got}`,
      ),
    );
  }
}
