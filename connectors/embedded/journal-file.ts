import { existsSync, statSync } from 'node:fs';
import { decodeFrame, encodeFrame, FRAME_HEADER_BYTES, payloadBytes } from './frame.ts';
import type { JournalEntry } from './journal.ts';
import { guarded, type OpenFiles, syncPaths, syncPathsNow } from './open-files.ts';

const TYPES = ['commit', 'offset', 'low', 'rollback'];

/** An append-only file of {@link JournalEntry}, each with a checksum. */
export class JournalFile {
  readonly path: string;
  readonly #files: OpenFiles;
  #size = 0;

  constructor(path: string, files: OpenFiles) {
    this.path = path;
    this.#files = files;
  }

  get bytes(): number {
    return this.#size;
  }

  /** Reads what there is up to the first fault, and cuts it there. */
  open(): { readonly entries: readonly JournalEntry[]; readonly repairs: readonly string[] } {
    const size = existsSync(this.path) ? guarded('read', this.path, () => statSync(this.path).size) : 0;
    const entries: JournalEntry[] = [];
    for (let entry = this.#read(size); entry !== undefined; entry = this.#read(size)) entries.push(entry);
    if (this.#size === size) return { entries, repairs: [] };
    this.#files.truncate(this.path, this.#size);
    return { entries, repairs: [`${this.path} was cut at byte ${this.#size} of ${size}`] };
  }

  append(entry: JournalEntry): void {
    const frame = encodeFrame(entry);
    this.#files.write(this.path, frame, this.#size);
    this.#size += frame.length;
  }

  sync(): Promise<void> {
    return syncPaths([this.path]);
  }

  /** As {@link sync}, blocking. */
  syncNow(): void {
    syncPathsNow([this.path]);
  }

  #read(size: number): JournalEntry | undefined {
    const header = Buffer.alloc(FRAME_HEADER_BYTES);
    if (this.#files.read(this.path, header, this.#size) < FRAME_HEADER_BYTES) return undefined;
    const payload = payloadBytes(header);
    if (payload === undefined || payload > size - this.#size - FRAME_HEADER_BYTES) return undefined;
    const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload);
    if (this.#files.read(this.path, frame, this.#size) < frame.length) return undefined;
    const entry = decodeFrame(frame) as JournalEntry | undefined;
    if (entry === undefined || !TYPES.includes(entry.type)) return undefined;
    this.#size += frame.length;
    return entry;
  }
}
