import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';

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

/** Writes beside the path and moves the file there, flushed to the disk, when it is whole. */
export function fileWriter(path: string): LineWriter {
  const partial = `${path}.partial`;
  let file: FileHandle | undefined;
  const opened = async (): Promise<FileHandle> => {
    file ??= await open(partial, 'w');
    return file;
  };
  return {
    async write(text) {
      await (await opened()).writeFile(text);
    },
    async finish() {
      const handle = await opened();
      await handle.sync();
      await handle.close();
      file = undefined;
      await rename(partial, path);
    },
    async abandon() {
      if (file === undefined) return;
      await file.close();
      file = undefined;
      await rm(partial, { force: true });
    },
  };
}
