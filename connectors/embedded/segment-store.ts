import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConnectorError } from '../../core/index.ts';
import { type BatchStore, PLACE_BYTES, type StoredBatch } from './batch-store.ts';
import { guarded, type OpenFiles, syncPaths, syncPathsNow } from './open-files.ts';
import type { BatchHeader } from './record-batch.ts';
import { type ScannedBatch, type SegmentEnd, scanSegment } from './segment-scan.ts';

/** A file of a partition. */
interface Segment {
  readonly path: string;
  /** Offset of its first record or before, and its name. */
  readonly baseOffset: bigint;
  /** Where the next batch goes. */
  size: number;
}

/** What a {@link SegmentStore} works with. */
export interface SegmentStoreOptions {
  readonly directory: string;
  readonly files: OpenFiles;
  /** A file ends near this size. */
  readonly segmentBytes: number;
}

/** What was found in the files of a partition. */
export interface FoundEnds {
  readonly low: bigint;
  readonly next: bigint;
  /** What was cut off, one sentence each. */
  readonly repairs: readonly string[];
}

/** Batches in append-only files, each named by the offset with which it begins. */
export class SegmentStore implements BatchStore {
  readonly #options: SegmentStoreOptions;
  readonly #unsynced = new Set<string>();
  #segments: Segment[] = [];

  constructor(options: SegmentStoreOptions) {
    this.#options = options;
  }

  memoryFor(): number {
    return PLACE_BYTES;
  }

  /**
   * Gives all batches that the folder holds, in order. A file is cut at its first fault, and files behind it are removed, since offsets have to follow
   * each other; a compaction that was not done is finished or dropped.
   * @throws ConnectorError `CONNECTOR_FAILED`
   */
  open(take: (header: BatchHeader, stored: StoredBatch) => void): FoundEnds {
    const { directory, files } = this.#options;
    const repairs: string[] = [];
    const bases = this.#settleNames();
    let next = bases[0] ?? 0n;
    for (const baseOffset of bases) {
      const path = this.#pathOf(baseOffset);
      if (repairs.length > 0 || baseOffset !== next) {
        repairs.push(`${path} was removed: it does not follow offset ${next}`);
        this.#remove(path);
        continue;
      }
      const size = guarded('read', path, () => statSync(path).size);
      const segment = { path, baseOffset, size };
      const scan = this.#scan(segment, take);
      segment.size = scan.bytes;
      if (scan.bytes < size) {
        repairs.push(`${path} was cut at byte ${scan.bytes} of ${size}, before offset ${scan.nextOffset}`);
        files.truncate(path, scan.bytes);
        this.#unsynced.add(path);
      }
      this.#segments.push(segment);
      next = scan.nextOffset;
    }
    if (repairs.length > 0) this.#unsynced.add(directory);
    return { low: bases[0] ?? 0n, next, repairs };
  }

  append(batch: Buffer, baseOffset: bigint): StoredBatch {
    const segment = this.#segmentFor(batch.length, baseOffset);
    const position = segment.size;
    this.#options.files.write(segment.path, batch, position);
    segment.size += batch.length;
    this.#unsynced.add(segment.path);
    return this.#stored(segment, { position, bytes: batch.length });
  }

  trim(offset: bigint): void {
    while (this.#segments.length > 1 && this.#segments[1]!.baseOffset <= offset) {
      this.#remove(this.#segments.shift()!.path);
    }
  }

  replace(batches: Iterable<Buffer>): StoredBatch[] {
    const [first] = this.#segments;
    if (first === undefined) return [];
    const { files, directory } = this.#options;
    const segment: Segment = { path: first.path, baseOffset: first.baseOffset, size: 0 };
    const draft = `${first.path}.cleaned`;
    const places: { readonly position: number; readonly bytes: number }[] = [];
    try {
      for (const batch of batches) {
        files.write(draft, batch, segment.size);
        places.push({ position: segment.size, bytes: batch.length });
        segment.size += batch.length;
      }
      files.close(draft);
      syncPathsNow([draft]);
      guarded('rename', draft, () => renameSync(draft, `${first.path}.swap`));
    } catch (error) {
      this.#remove(draft);
      throw error;
    }
    for (const { path } of this.#segments.splice(0, this.#segments.length, segment)) this.#remove(path);
    guarded('rename', segment.path, () => renameSync(`${first.path}.swap`, segment.path));
    this.#unsynced.add(directory);
    return places.map((place) => this.#stored(segment, place));
  }

  sync(): Promise<void> {
    return syncPaths(this.#takeUnsynced());
  }

  /** As {@link sync}, blocking. */
  syncNow(): void {
    syncPathsNow(this.#takeUnsynced());
  }

  #scan(segment: Segment, take: (header: BatchHeader, stored: StoredBatch) => void): SegmentEnd {
    const scan = scanSegment(this.#options.files, segment);
    for (let step = scan.next(); ; step = scan.next()) {
      if (step.done === true) return step.value;
      take(step.value.header, this.#stored(segment, step.value));
    }
  }

  /** The offsets with which the files begin, ascending, after an unfinished compaction has been settled. */
  #settleNames(): bigint[] {
    const { directory } = this.#options;
    const names = guarded('list', directory, () => readdirSync(directory));
    for (const name of names.filter((one) => one.endsWith('.cleaned'))) this.#remove(join(directory, name));
    const swap = names.find((name) => name.endsWith('.swap'));
    const logs = names.filter((name) => /^\d{20}\.log$/.test(name)).sort();
    if (swap === undefined) return logs.map((name) => BigInt(name.slice(0, 20)));
    for (const name of logs) this.#remove(join(directory, name));
    const path = join(directory, swap);
    guarded('rename', path, () => renameSync(path, path.slice(0, -'.swap'.length)));
    return [BigInt(swap.slice(0, 20))];
  }

  #segmentFor(bytes: number, baseOffset: bigint): Segment {
    const last = this.#segments.at(-1);
    if (last !== undefined && (last.size === 0 || last.size + bytes <= this.#options.segmentBytes)) return last;
    const segment = { path: this.#pathOf(baseOffset), baseOffset, size: 0 };
    this.#segments.push(segment);
    this.#unsynced.add(dirname(segment.path));
    return segment;
  }

  #stored(segment: Segment, { position, bytes }: Pick<ScannedBatch, 'position' | 'bytes'>): StoredBatch {
    const { files } = this.#options;
    return {
      bytes,
      memoryBytes: PLACE_BYTES,
      read() {
        const batch = Buffer.allocUnsafe(bytes);
        if (files.read(segment.path, batch, position) === bytes) return batch;
        throw new ConnectorError(
          'CONNECTOR_FAILED',
          `Expected ${segment.path} to hold ${bytes} bytes at byte ${position}, it is shorter`,
        );
      },
    };
  }

  #takeUnsynced(): string[] {
    const paths = [...this.#unsynced];
    this.#unsynced.clear();
    return paths;
  }

  #pathOf(baseOffset: bigint): string {
    return join(this.#options.directory, `${String(baseOffset).padStart(20, '0')}.log`);
  }

  #remove(path: string): void {
    this.#options.files.close(path);
    this.#unsynced.delete(path);
    guarded('remove', path, () => rmSync(path, { force: true }));
  }
}
