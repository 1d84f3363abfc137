import type { KafkaRecord, OutgoingRecord } from '../../connectors/index.ts';
import { crc32, SnapshotError, show } from '../../core/index.ts';
import { type CheckpointKey, keyText, type Slot } from './checkpoint-keys.ts';
import type { SnapshotManifest, StreamSnapshot } from './checkpoint-records.ts';
import { recordFault } from './record-fault.ts';

const ID_HEADER = 'lw-snapshot';
const INDEX_HEADER = 'lw-chunk';

/** A snapshot cut into records, and what its manifest says but for where they lie. */
export interface CutSnapshot {
  readonly manifest: Omit<SnapshotManifest, 'firstOffset' | 'endOffset'>;
  readonly records: readonly OutgoingRecord[];
}

/**
 * Cuts a snapshot into chunks of about one size, none above `maxChunkBytes`. The records are views of its bytes. Its id follows
 * from its content, so writing it again changes nothing.
 */
export function cutSnapshot(snapshot: StreamSnapshot, slot: Slot, maxChunkBytes: number): CutSnapshot {
  const { streamId, openedAt, offset, digest, bytes } = snapshot;
  const chunks = Math.ceil(bytes.length / maxChunkBytes);
  const content = { streamId, slot, openedAt, offset, digest, bytes: bytes.length, crc32: crc32(bytes) };
  const manifest = { ...content, chunks, snapshotId: snapshotIdOf(content) };
  const records = Array.from({ length: chunks }, (_, index): OutgoingRecord => {
    const [from, to] = chunkRange(manifest, index);
    return {
      key: keyText({ kind: 'chunk', streamId, slot, index }),
      value: bytes.subarray(from, to),
      headers: { [ID_HEADER]: manifest.snapshotId, [INDEX_HEADER]: String(index) },
    };
  });
  return { manifest, records };
}

/** A name that follows from all that a manifest says of a snapshot, so that neither can be taken for another's. */
export function snapshotIdOf(
  content: Pick<SnapshotManifest, 'streamId' | 'slot' | 'openedAt' | 'offset' | 'digest' | 'bytes' | 'crc32'>,
): string {
  const { streamId, slot, openedAt, offset, digest, bytes, crc32: checksum } = content;
  const name = crc32(new TextEncoder().encode(streamId));
  return [slot, openedAt, offset, bytes, ...[checksum, digest, name].map((number) => number.toString(16))].join('-');
}

/** Where a chunk lies in its snapshot. */
function chunkRange({ bytes, chunks }: Pick<SnapshotManifest, 'bytes' | 'chunks'>, index: number): [number, number] {
  const size = Math.ceil(bytes / chunks);
  return [index * size, Math.min((index + 1) * size, bytes)];
}

/** Puts a snapshot together from its chunks, as they come. Holds no more than was read. */
export class SnapshotAssembly {
  readonly manifest: SnapshotManifest;
  readonly #chunks = new Map<number, Uint8Array>();
  #fault: SnapshotError | undefined;

  constructor(manifest: SnapshotManifest) {
    this.manifest = manifest;
  }

  get isComplete(): boolean {
    return this.#chunks.size === this.manifest.chunks;
  }

  /** Takes a record of this stream and slot. */
  add(record: KafkaRecord, { index }: CheckpointKey & { readonly kind: 'chunk' }): void {
    const { manifest } = this;
    // A later snapshot of the slot, one that was not committed for instance, may have had more chunks.
    if (index >= manifest.chunks) return;
    const [from, to] = chunkRange(manifest, index);
    const id = headerOf(record, ID_HEADER);
    if (id !== manifest.snapshotId) this.#refuse(record, `a chunk of snapshot ${manifest.snapshotId}`, id);
    else if (headerOf(record, INDEX_HEADER) !== String(index)) {
      this.#refuse(record, `chunk ${index}`, headerOf(record, INDEX_HEADER));
    } else if (record.value?.length !== to - from) {
      this.#refuse(record, `a chunk of ${to - from} bytes`, record.value?.length ?? null);
    } else this.#chunks.set(index, record.value);
  }

  /** @throws SnapshotError when a chunk is missing or is not what it should be */
  finish(): Uint8Array {
    const { manifest } = this;
    if (!this.isComplete) throw this.#fault ?? this.#bad(`${manifest.chunks} chunks`, this.#chunks.size);
    const bytes = new Uint8Array(manifest.bytes);
    for (const [index, chunk] of this.#chunks) bytes.set(chunk, chunkRange(manifest, index)[0]);
    const checksum = crc32(bytes);
    if (checksum !== manifest.crc32) throw this.#bad(`a CRC-32 of ${manifest.crc32}`, checksum);
    return bytes;
  }

  #refuse(record: KafkaRecord, expected: string, got: unknown): void {
    this.#fault ??= recordFault(record, expected, { got });
  }

  #bad(expected: string, got: unknown): SnapshotError {
    const { streamId, snapshotId, slot } = this.manifest;
    const place = `snapshot ${snapshotId} of stream ${show(streamId)}, slot ${slot}`;
    return new SnapshotError('SNAPSHOT_CORRUPT', `${place}: Expected ${expected}, got ${show(got)}`);
  }
}

function headerOf(record: KafkaRecord, name: string): string | undefined {
  const bytes = record.headers.get(name);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes.subarray(0, 256));
}
