import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, sha256Hex } from '../../core/index.ts';
import type { SnapshotManifest } from './checkpoint-records.ts';

/** What a copy is known by. */
export type CopyName = Pick<SnapshotManifest, 'streamId' | 'snapshotId'>;

/** Bytes of states that wait to be copied at most; what is more is not copied, and read from the topic next time. */
const MAX_WAITING_BYTES = 64 * 2 ** 20;
const STREAM_DIGITS = 32;
const COPY = /^[0-9a-f]{32}-[0-9a-f-]{1,128}$/;
const UNFINISHED = '.part-';

/** What {@link LocalCopies} works with. */
export interface LocalCopiesOptions {
  /** Of one partition; made where it is missing. */
  readonly directory: string;
  /** Told why no more copies are made, once. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * Copies of one partition's newest snapshots in files, one a stream. The topic alone says what a stream's state is: a copy is
 * used where its name, length and checksum are those of a manifest that was read there, so one that is damaged, old, foreign
 * or missing does no harm, nor does another process in the same directory. They are written beside and renamed.
 */
export class LocalCopies {
  readonly #directory: string;
  readonly #onFailed: (error: unknown) => void;
  /** File of each stream, by the digits of the stream. */
  readonly #files = new Map<string, string>();
  readonly #waiting = new Map<string, { readonly snapshot: CopyName; readonly bytes: Uint8Array }>();
  #waitingBytes = 0;
  #opened: Promise<void> | undefined;
  #working: Promise<void> | undefined;
  #hasFailed = false;
  #counts = { used: 0, absent: 0, damaged: 0 };

  constructor({ directory, onFailed }: LocalCopiesOptions) {
    this.#directory = directory;
    this.#onFailed = onFailed;
  }

  /** What became of the copies asked for since the last call. */
  takeCounts(): { readonly used: number; readonly absent: number; readonly damaged: number } {
    const counts = this.#counts;
    this.#counts = { used: 0, absent: 0, damaged: 0 };
    return counts;
  }

  /** The bytes that a manifest stands for; `undefined` where they are not here. */
  async read(manifest: SnapshotManifest): Promise<Uint8Array | undefined> {
    const file = join(this.#directory, nameOf(manifest));
    const head = headOf(manifest);
    const length = head.length + manifest.bytes;
    try {
      // Before anything is allocated for it.
      const whole = (await stat(file)).size === length ? await readFile(file) : undefined;
      if (whole?.length === length && head.equals(whole.subarray(0, head.length))) {
        const bytes = new Uint8Array(whole.buffer, whole.byteOffset + head.length, manifest.bytes);
        if (crc32(bytes) === manifest.crc32) {
          this.#counts.used += 1;
          return bytes;
        }
      }
      this.#counts.damaged += 1;
    } catch (error) {
      if (isMissing(error)) this.#counts.absent += 1;
      else this.#counts.damaged += 1;
    }
    return undefined;
  }

  /** Copies a snapshot that was committed, in the background; in the place of the stream's copy before. The bytes must stay as they are. */
  keep(snapshot: CopyName, bytes: Uint8Array): void {
    const stream = digitsOf(snapshot.streamId);
    this.#drop(stream);
    if (this.#hasFailed || (this.#waiting.size > 0 && this.#waitingBytes + bytes.length > MAX_WAITING_BYTES)) return;
    this.#waiting.set(stream, { snapshot, bytes });
    this.#waitingBytes += bytes.length;
    this.#work();
  }

  /** Deletes the copies of all streams but these. */
  keepOnly(streamIds: Iterable<string>): void {
    const kept = new Set([...streamIds].map(digitsOf));
    this.#after(async () => {
      for (const [stream, name] of this.#files) if (!kept.has(stream)) await this.#delete(stream, name);
    });
  }

  /** Deletes the copy of a stream that has ended. */
  forget(streamId: string): void {
    const stream = digitsOf(streamId);
    this.#drop(stream);
    this.#after(async () => {
      const name = this.#files.get(stream);
      if (name !== undefined) await this.#delete(stream, name);
    });
  }

  /** All that was to be copied is, or never will be. */
  async settled(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  #drop(stream: string): void {
    this.#waitingBytes -= this.#waiting.get(stream)?.bytes.length ?? 0;
    this.#waiting.delete(stream);
  }

  #work(): void {
    this.#after(async () => {
      for (const [stream, { snapshot, bytes }] of this.#waiting) {
        const name = nameOf(snapshot);
        if (await this.#isWritten(name, [headOf(snapshot), bytes])) {
          const before = this.#files.get(stream);
          this.#files.set(stream, name);
          if (before !== undefined && before !== name) await rm(join(this.#directory, before), { force: true });
        }
        if (this.#waiting.get(stream)?.snapshot === snapshot) this.#drop(stream);
      }
    });
  }

  /** One step after the other; a fault ends all of them. */
  #after(step: () => Promise<void>): void {
    const before = this.#working ?? Promise.resolve();
    const working: Promise<void> = before.then(async () => {
      try {
        if (this.#hasFailed) return;
        this.#opened ??= this.#open();
        await this.#opened;
        await step();
      } catch (error) {
        this.#hasFailed = true;
        this.#waiting.clear();
        this.#waitingBytes = 0;
        this.#onFailed(error);
      } finally {
        if (this.#working === working) this.#working = undefined;
      }
    });
    this.#working = working;
  }

  /** Finds the copies of the process before, and removes what it left unfinished. */
  async #open(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    for (const name of await readdir(this.#directory)) {
      const stream = name.slice(0, STREAM_DIGITS);
      if (COPY.test(name) && !this.#files.has(stream)) this.#files.set(stream, name);
      else if (COPY.test(name) || name.startsWith(UNFINISHED)) await rm(join(this.#directory, name), { force: true });
    }
  }

  /** Whether it is there; not where another process has tidied up meanwhile. */
  async #isWritten(name: string, parts: readonly Uint8Array[]): Promise<boolean> {
    const part = join(this.#directory, `${UNFINISHED}${randomUUID()}`);
    try {
      await writeFile(part, parts);
      await rename(part, join(this.#directory, name));
      return true;
    } catch (error) {
      await rm(part, { force: true }).catch(() => {}); // the first fault is the one to tell
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async #delete(stream: string, name: string): Promise<void> {
    this.#files.delete(stream);
    await rm(join(this.#directory, name), { force: true });
  }
}

/** A snapshot's id follows from its content, so a name stands for the same bytes wherever it is met. */
function nameOf({ streamId, snapshotId }: CopyName): string {
  return `${digitsOf(streamId)}-${snapshotId}`;
}

/**
 * What stands before the bytes. A state ends with its own CRC-32, so that the one of the whole is the same for all of them:
 * it tells damage, and this tells which state it is.
 */
function headOf({ streamId, snapshotId }: CopyName): Buffer {
  return Buffer.from(`longwave state 1\n${snapshotId}\n${JSON.stringify(streamId)}\n`);
}

function digitsOf(streamId: string): string {
  return sha256Hex(streamId).slice(0, STREAM_DIGITS);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
