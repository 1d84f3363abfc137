import type { OutgoingRecord } from '../../connectors/index.ts';
import { ConfigError, requireInteger, show } from '../../core/index.ts';
import { keyText, MAX_CHUNKS, type Slot } from './checkpoint-keys.ts';
import type { CommitContents, StreamSnapshot } from './checkpoint-records.ts';
import { type CheckpointTopics, DEFAULT_MAX_CHUNK_BYTES, DEFAULT_MAX_REQUEST_BYTES } from './checkpoint-topics.ts';
import { manifestJson, partitionJson, streamJson } from './checkpoint-values.ts';
import type { LocalCopies } from './local-copies.ts';
import { type SendRecords, sendInRequests } from './send-records.ts';
import { type CutSnapshot, cutSnapshot } from './snapshot-chunks.ts';
import { anchorJson } from './stream-anchor.ts';
import { EMPTY_SLOTS, otherSlot, type StreamSlots, withChunks } from './stream-slots.ts';

/** Options of {@link CheckpointWriter}. */
export interface CheckpointWriterOptions {
  readonly partition: number;
  readonly topics: CheckpointTopics;
  /** What lies in the topics already, see `Checkpoint.slots`. Default: nothing. */
  readonly slots?: ReadonlyMap<string, StreamSlots>;
  /** Where committed snapshots are copied to. Default: nowhere. */
  readonly copies?: Pick<LocalCopies, 'keep' | 'forget'> | undefined;
  /** 1..16777216. Default 900000. */
  readonly maxChunkBytes?: number;
  /** Bytes of records sent at once, 1..16777216; a larger single one goes alone. Default 1000000. */
  readonly maxRequestBytes?: number;
}

/** What is written with one commit. Its content is fixed. */
export interface PreparedCommit {
  /** Writes everything, the chunks first and the partition's progress last. Another call writes the same again. */
  write(send: SendRecords): Promise<void>;
  /** What was written counts from here on: the next snapshots go to the other slots. */
  committed(): void;
}

/** A snapshot on its way into a slot. */
interface SlotPlan {
  readonly cut: CutSnapshot;
  readonly bytes: Uint8Array;
  /** What lies in the slots before it. */
  readonly slots: StreamSlots;
}

/**
 * Writes the progress of one partition and the states of its streams. A stream's snapshots go to two slots in turn, so that one
 * is whole whatever becomes of the other. What is prepared counts when it is committed, not before; one commit is prepared at a
 * time. One that failed is written again, or left for another.
 */
export class CheckpointWriter {
  readonly #partition: number;
  readonly #topics: CheckpointTopics;
  readonly #slots: Map<string, StreamSlots>;
  readonly #copies: CheckpointWriterOptions['copies'];
  readonly #maxChunkBytes: number;
  readonly #maxRequestBytes: number;

  /** @throws ConfigError `CONFIG_INVALID` */
  constructor(options: CheckpointWriterOptions) {
    const { partition, topics, slots = [] } = options;
    const { maxChunkBytes = DEFAULT_MAX_CHUNK_BYTES, maxRequestBytes = DEFAULT_MAX_REQUEST_BYTES } = options;
    this.#partition = partition;
    this.#topics = topics;
    this.#slots = new Map(slots);
    this.#copies = options.copies;
    this.#maxChunkBytes = requireInteger('maxChunkBytes', maxChunkBytes, { min: 1, max: 2 ** 24 });
    this.#maxRequestBytes = requireInteger('maxRequestBytes', maxRequestBytes, { min: 1, max: 2 ** 24 });
  }

  /**
   * Fixes what is to be written. The bytes of snapshots are not copied: they must stay as they are until it is committed.
   * @throws ConfigError `CONFIG_INVALID` when a snapshot has no bytes or too many
   */
  prepare(contents: CommitContents): PreparedCommit {
    const ended = this.#ended(contents);
    const plans = this.#plans(contents, ended);
    const tombstones = [...this.#goneChunks(ended), ...plans.flatMap(surplusChunks)].map(tombstone);
    const chunks = [...tombstones, ...plans.flatMap(({ cut }) => cut.records)];
    const gone = [...ended].flatMap(stateKeys).map(tombstone);
    const progress = progressRecords(contents);
    return {
      write: async (send) => {
        for (const plan of plans) this.#attempted(plan);
        const target = { send, partition: this.#partition, maxRequestBytes: this.#maxRequestBytes };
        const places = await sendInRequests({ ...target, topic: this.#topics.snapshots }, chunks);
        const manifests = manifestRecords(plans, places.slice(tombstones.length));
        await sendInRequests({ ...target, topic: this.#topics.state }, [...gone, ...manifests, ...progress]);
      },
      committed: () => {
        for (const streamId of ended) {
          this.#slots.delete(streamId);
          this.#copies?.forget(streamId);
        }
        for (const plan of plans) {
          this.#taken(plan);
          this.#copies?.keep(plan.cut.manifest, plan.bytes);
        }
      },
    };
  }

  /** Streams whose records go: those that have ended, also where another of the same name has begun since. */
  #ended({ closed, streams }: CommitContents): ReadonlySet<string> {
    const begunAnew = streams.filter(({ streamId, openedAt }) => {
      const before = this.#slots.get(streamId)?.openedAt;
      return before !== undefined && before !== openedAt;
    });
    return new Set([...closed, ...begunAnew.map(({ streamId }) => streamId)]);
  }

  #plans({ streams, closed, snapshots }: CommitContents, ended: ReadonlySet<string>): SlotPlan[] {
    const left = new Set(closed);
    for (const { streamId } of streams) left.delete(streamId);
    return snapshots.filter(({ streamId }) => !left.has(streamId)).map((snapshot) => this.#plan(snapshot, ended));
  }

  #plan(snapshot: StreamSnapshot, ended: ReadonlySet<string>): SlotPlan {
    const { streamId, bytes } = snapshot;
    const maxBytes = this.#maxChunkBytes * MAX_CHUNKS;
    if (bytes.length === 0 || bytes.length > maxBytes) {
      const message = `Expected the snapshot of stream ${show(streamId)} to be of 1..${maxBytes} bytes, got ${bytes.length}`;
      throw new ConfigError('CONFIG_INVALID', message);
    }
    const known = ended.has(streamId) ? undefined : this.#slots.get(streamId);
    const slots = known ?? EMPTY_SLOTS;
    return { cut: cutSnapshot(snapshot, slots.next, this.#maxChunkBytes), bytes: snapshot.bytes, slots };
  }

  #goneChunks(ended: ReadonlySet<string>): string[] {
    return [...ended].flatMap((streamId) => {
      const [first, second] = this.#slots.get(streamId)?.chunks ?? [0, 0];
      return [...chunkKeys(streamId, 0, [0, first]), ...chunkKeys(streamId, 1, [0, second])];
    });
  }

  /** Without transactions chunks are there although their commit fails: they are to be deleted some time, too. */
  #attempted({ cut: { manifest } }: SlotPlan): void {
    const { streamId, slot, chunks } = manifest;
    const slots = this.#slots.get(streamId) ?? EMPTY_SLOTS;
    this.#slots.set(streamId, withChunks(slots, slot, Math.max(slots.chunks[slot], chunks)));
  }

  #taken({ cut: { manifest }, slots }: SlotPlan): void {
    const { streamId, openedAt, slot, chunks } = manifest;
    this.#slots.set(streamId, { ...withChunks(slots, slot, chunks), openedAt, next: otherSlot(slot) });
  }
}

function progressRecords({ streams, partition, anchors = [] }: CommitContents): OutgoingRecord[] {
  const ofStreams = streams.map((stream): OutgoingRecord => {
    const { streamId } = stream;
    return { key: keyText({ kind: 'stream', streamId }), value: streamJson(stream) };
  });
  const places = anchors.map((anchor): OutgoingRecord => {
    const { streamId } = anchor;
    return { key: keyText({ kind: 'anchor', streamId }), value: anchorJson(anchor) };
  });
  return [...places, ...ofStreams, { key: keyText({ kind: 'partition' }), value: partitionJson(partition) }];
}

/** @param places offset of each chunk, snapshot by snapshot */
function manifestRecords(plans: readonly SlotPlan[], places: readonly bigint[]): OutgoingRecord[] {
  let at = 0;
  return plans.map(({ cut: { manifest } }): OutgoingRecord => {
    const { streamId, slot, chunks } = manifest;
    const firstOffset = places[at] as bigint;
    at += chunks;
    const endOffset = (places[at - 1] as bigint) + 1n;
    const value = manifestJson({ ...manifest, firstOffset, endOffset });
    return { key: keyText({ kind: 'manifest', streamId, slot }), value };
  });
}

/** Chunks of a longer snapshot that was in the slot before. */
function surplusChunks({ cut: { manifest }, slots }: SlotPlan): string[] {
  const { streamId, slot, chunks } = manifest;
  return chunkKeys(streamId, slot, [chunks, slots.chunks[slot]]);
}

function chunkKeys(streamId: string, slot: Slot, [from, to]: readonly [number, number]): string[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) =>
    keyText({ kind: 'chunk', streamId, slot, index: from + i }),
  );
}

function stateKeys(streamId: string): string[] {
  const manifests = ([0, 1] as const).map((slot) => keyText({ kind: 'manifest', streamId, slot }));
  return [...manifests, keyText({ kind: 'anchor', streamId }), keyText({ kind: 'stream', streamId })];
}

function tombstone(key: string): OutgoingRecord {
  return { key, value: null };
}
