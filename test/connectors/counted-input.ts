import { readdirSync, readlinkSync } from 'node:fs';

/** A byte stream that tells how many pieces were pulled and whether it was closed. */
export interface CountedInput {
  readonly stream: AsyncIterable<Uint8Array>;
  readonly pulled: () => number;
  readonly released: () => boolean;
}

/** Gives the pieces, then ends, or stays silent for ever. */
export function countedInput(pieces: readonly Uint8Array[], end: 'ends' | 'silent' = 'ends'): CountedInput {
  let pulled = 0;
  let released = false;
  async function* counted(): AsyncGenerator<Uint8Array> {
    try {
      for (const piece of pieces) {
        pulled++;
        yield piece;
      }
      if (end === 'silent') await new Promise(() => undefined);
    } finally {
      released = true;
    }
  }
  return { stream: counted(), pulled: () => pulled, released: () => released };
}

/** Whether this process holds the file open. Known on Linux; elsewhere `false`. */
export function isOpen(path: string): boolean {
  if (process.platform !== 'linux') return false;
  return readdirSync('/proc/self/fd').some((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === path;
    } catch {
      return false;
    }
  });
}

/** Pieces of one size. */
export function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}
