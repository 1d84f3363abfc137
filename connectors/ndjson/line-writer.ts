import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { ConfigError } from '../../core/index.ts';

/** Takes text in order; `write` resolves when the text is out. */
export interface LineWriter {
  write(text: string): Promise<void>;
  /** Ends well: everything is out and, for a file, in its place. */
  finish(): Promise<void>;
  /** Ends after a fault and leaves nothing half written behind. */
  abandon(): Promise<void>;
}

/** Writes to a stream that stays the caller's: it is not ended. Each write waits until the stream has taken it. */
export function streamWriter(stream: Writable): LineWriter {
  // A closed pipe is told to the write callback; without a listener the stream would throw it once more.
  const ignore = (): void => undefined;
  stream.on('error', ignore);
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => (error === null || error === undefined ? resolve() : reject(error)));
      }),
    finish: async () => void stream.off('error', ignore),
    // The stream may tell its fault later than the write callback, so the listener stays.
    abandon: async () => undefined,
  };
}

/**
 * Writes beside the path and moves the file there, flushed to the disk, when it is whole; a link is followed. What is
 * there and no ordinary file (a pipe, a device) is written to as it is; a folder is refused.
 */
export function fileWriter(path: string): LineWriter {
  let opened: { readonly file: FileHandle; readonly place: Place } | undefined;
  const handle = async (): Promise<{ readonly file: FileHandle; readonly place: Place }> => {
    if (opened === undefined) {
      const place = await placeOf(path);
      opened = { file: await open(place.writeTo, 'w'), place };
    }
    return opened;
  };
  return {
    async write(text) {
      await (await handle()).file.writeFile(text);
    },
    async finish() {
      const { file, place } = await handle();
      if (place.moveTo !== undefined) await file.sync();
      await file.close();
      if (place.moveTo !== undefined) await rename(place.writeTo, place.moveTo);
      opened = undefined;
    },
    async abandon() {
      if (opened === undefined) return;
      const { file, place } = opened;
      opened = undefined;
      await file.close().catch(() => undefined);
      if (place.moveTo !== undefined) await rm(place.writeTo, { force: true });
    },
  };
}

interface Place {
  readonly writeTo: string;
  /** Where the file belongs once it is whole; nowhere else for a pipe or a device. */
  readonly moveTo: string | undefined;
}

async function placeOf(path: string): Promise<Place> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found?.isDirectory() === true) {
    throw new ConfigError('CONFIG_INVALID', `Expected \`path\` to be a file, got the folder ${path}`);
  }
  if (found !== undefined && !found.isFile()) return { writeTo: path, moveTo: undefined };
  const moveTo = found === undefined ? path : await realpath(path);
  return { writeTo: `${moveTo}.partial`, moveTo };
}
