import type { KafkaRecord } from '../../connectors/index.ts';
import { SnapshotError } from '../../core/index.ts';
import { keyText, parseKey } from './checkpoint-keys.ts';
import type { PartitionProgress, SnapshotManifest, StreamProgress } from './checkpoint-records.ts';
import { parseManifest, parsePartition, parseStream } from './checkpoint-values.ts';
import { recordFault } from './record-fault.ts';
import { parseAnchor, type StreamAnchor } from './stream-anchor.ts';

/** A manifest and where it lies. */
export interface FoundManifest {
  readonly manifest: SnapshotManifest;
  /** Its own offset in the state topic. */
  readonly at: bigint;
}

/** What the state topic says of one stream. */
export interface StreamRecords {
  readonly streamId: string;
  progress: StreamProgress | undefined;
  anchor: StreamAnchor | undefined;
  /** By slot. */
  readonly manifests: [FoundManifest | undefined, FoundManifest | undefined];
}

/**
 * The last record of each key of a state partition, as they are read one after the other. One that cannot be read still says
 * that the one before it no longer holds. O(1) each, O(keys) in all.
 */
export class StateIndex {
  readonly #streams = new Map<string, StreamRecords>();
  /** Of keys whose last record cannot be read. */
  readonly #faults = new Map<string, SnapshotError>();
  #partition: PartitionProgress | undefined;

  get partition(): PartitionProgress | undefined {
    return this.#partition;
  }

  /** Streams with a record that is no tombstone, be it one that cannot be read. */
  get streams(): readonly StreamRecords[] {
    return [...this.#streams.values()];
  }

  get faults(): readonly SnapshotError[] {
    return [...this.#faults.values()];
  }

  add(record: KafkaRecord): void {
    const key = parseKey(record.key);
    if (key === undefined || key.kind === 'chunk') {
      this.#refuse(record);
      return;
    }
    const name = keyText(key);
    if (key.kind === 'partition') {
      this.#partition = this.#parsed(record, name, () => parsePartition(record));
      return;
    }
    const { streamId } = key;
    const stream = this.#streams.get(streamId) ?? unknownStream(streamId);
    if (key.kind === 'stream') stream.progress = this.#parsed(record, name, () => parseStream(record, streamId));
    else if (key.kind === 'anchor') stream.anchor = this.#parsed(record, name, () => parseAnchor(record, streamId));
    else {
      const { slot } = key;
      const manifest = this.#parsed(record, name, () => parseManifest(record, streamId, slot));
      stream.manifests[slot] = manifest === undefined ? undefined : { manifest, at: record.offset };
    }
    if (this.#isGone(stream)) this.#streams.delete(streamId);
    else this.#streams.set(streamId, stream);
  }

  #parsed<T>(record: KafkaRecord, name: string, parse: () => T): T | undefined {
    this.#faults.delete(name);
    if (record.value === null) return undefined;
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      this.#faults.set(name, error);
      return undefined;
    }
  }

  #refuse(record: KafkaRecord): void {
    const { key, value } = record;
    const name = key === null ? 'none' : `other ${Buffer.from(key).toString('hex')}`;
    if (value === null) this.#faults.delete(name);
    else
      this.#faults.set(name, recordFault(record, 'a key of progress or of a manifest', { got: key?.length ?? null }));
  }

  #isGone({ streamId, progress, anchor, manifests }: StreamRecords): boolean {
    if (progress !== undefined || anchor !== undefined || manifests.some((found) => found !== undefined)) return false;
    const slots = ([0, 1] as const).map((slot) => keyText({ kind: 'manifest', streamId, slot }));
    const places = (['stream', 'anchor'] as const).map((kind) => keyText({ kind, streamId }));
    return [...places, ...slots].every((name) => !this.#faults.has(name));
  }
}

function unknownStream(streamId: string): StreamRecords {
  return { streamId, progress: undefined, anchor: undefined, manifests: [undefined, undefined] };
}
