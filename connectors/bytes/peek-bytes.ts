/** The first bytes of a stream, and the whole stream again. */
export interface PeekedBytes {
  /** At most `count` bytes, fewer only where the stream is shorter. */
  readonly first: Uint8Array;
  /** All bytes from the beginning; can be iterated once. */
  readonly stream: AsyncIterable<Uint8Array>;
}

/**
 * Reads just the pieces that hold the first `count` bytes and gives them back in front of the rest. Memory:
 * those pieces.
 */
export async function peekBytes(stream: AsyncIterable<Uint8Array>, count: number): Promise<PeekedBytes> {
  const iterator = stream[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let held = 0;
  let ended = false;
  while (held < count && !ended) {
    const next = await iterator.next();
    if (next.done === true) ended = true;
    else {
      pieces.push(next.value);
      held += next.value.length;
    }
  }
  const first = new Uint8Array(Math.min(count, held));
  let at = 0;
  for (const piece of pieces) {
    first.set(piece.subarray(0, count - at), at);
    at = Math.min(count, at + piece.length);
  }
  return { first, stream: replayed(pieces, iterator) };
}

async function* replayed(
  pieces: Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) yield piece;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
