import { closeSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { ConnectorError } from '../../core/index.ts';

const MAX_OPEN = 64;

/** Reads and writes files at places, with a bounded number of them open. */
export class OpenFiles {
  /** The one used last is the last. */
  readonly #descriptors = new Map<string, number>();

  /**
   * Writes all bytes at a place, or nothing that counts: a file ends where its owner says.
   * @throws ConnectorError `CONNECTOR_FAILED`
   */
  write(path: string, bytes: Uint8Array, position: number): void {
    guarded('write', path, () => {
      const descriptor = this.#descriptor(path);
      try {
        for (let done = 0; done < bytes.length; ) {
          done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
        }
      } catch (error) {
        ftruncateSync(descriptor, position);
        throw error;
      }
    });
  }

  /**
   * Fills `target` from a place and returns how many bytes there were.
   * @throws ConnectorError `CONNECTOR_FAILED`
   */
  read(path: string, target: Uint8Array, position: number): number {
    return guarded('read', path, () => {
      const descriptor = this.#descriptor(path);
      let done = 0;
      while (done < target.length) {
        const count = readSync(descriptor, target, done, target.length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    });
  }

  /** @throws ConnectorError `CONNECTOR_FAILED` */
  truncate(path: string, size: number): void {
    guarded('cut', path, () => ftruncateSync(this.#descriptor(path), size));
  }

  /** Has to be called before a file is renamed or removed. */
  close(path: string): void {
    const descriptor = this.#descriptors.get(path);
    if (descriptor === undefined) return;
    this.#descriptors.delete(path);
    closeSync(descriptor);
  }

  closeAll(): void {
    for (const path of [...this.#descriptors.keys()]) this.close(path);
  }

  #descriptor(path: string): number {
    const known = this.#descriptors.get(path);
    this.#descriptors.delete(path);
    const [oldest] = this.#descriptors.keys();
    if (oldest !== undefined && this.#descriptors.size >= MAX_OPEN) this.close(oldest);
    const descriptor = known ?? openOrCreate(path);
    this.#descriptors.set(path, descriptor);
    return descriptor;
  }
}

function openOrCreate(path: string): number {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return openSync(path, 'wx+');
  }
}

/**
 * Has files and folders written to the disk itself, without blocking.
 * @throws ConnectorError `CONNECTOR_FAILED`
 */
export async function syncPaths(paths: Iterable<string>): Promise<void> {
  for (const path of paths) {
    try {
      const handle = await open(path, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (!isGone(error)) throw failed('sync', path, error);
    }
  }
}

/** As {@link syncPaths}, blocking. */
export function syncPathsNow(paths: Iterable<string>): void {
  for (const path of paths) {
    try {
      const descriptor = openSync(path, 'r');
      try {
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      if (!isGone(error)) throw failed('sync', path, error);
    }
  }
}

/** What retention or a compaction has removed meanwhile needs no writing. */
function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** @throws ConnectorError `CONNECTOR_FAILED` in place of what the file system says */
export function guarded<T>(verb: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw failed(verb, path, error);
  }
}

function failed(verb: string, path: string, cause: unknown): ConnectorError {
  if (cause instanceof ConnectorError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  return new ConnectorError('CONNECTOR_FAILED', `Expected to ${verb} ${path}, got: ${said}`, { cause });
}
