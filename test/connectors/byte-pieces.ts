/** A byte stream that gives `bytes` in pieces of the given sizes, the last size repeated. */
export async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[Math.min(turn, sizes.length - 1)] ?? bytes.length;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** All bytes in one piece. */
export function inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  return inPieces(bytes, [Math.max(1, bytes.length)]);
}

/** What an iteration gave before it ended or threw. */
export interface Outcome<T> {
  readonly items: readonly T[];
  readonly error: unknown;
}

export async function outcomeOf<T>(items: AsyncIterable<T>): Promise<Outcome<T>> {
  const taken: T[] = [];
  try {
    for await (const item of items) taken.push(item);
    return { items: taken, error: undefined };
  } catch (error) {
    return { items: taken, error };
  }
}
