/** How a finite sequence is cut, and what lies beside a chunk. */
export interface ChunkRule {
  readonly chunkLength: number;
  readonly chunksBefore: number;
  readonly chunksAfter: number;
  readonly wrap: 'masked' | 'circular';
}

/**
 * The positions that each place of some lists of the same length sees, when the lists are cut into chunks that look at
 * their neighbours, `[lists][length][…]`. With `circular` the chunks of all lists make one ring, turned as Hugging Face
 * turns it: y[i:] ++ y[:i], which is y again where i is beyond the number of chunks. With `masked` there is nothing
 * beyond the ends of a list.
 */
export function seenInChunks(lists: readonly (readonly number[])[], rule: ChunkRule): number[][][] {
  const chunks = lists.map((list) => cut(list, rule.chunkLength));
  const ring = chunks.flat();
  return chunks.map((own, l) =>
    own.flatMap((chunk, c) => {
      const seen: number[] = [];
      for (let i = -rule.chunksBefore; i <= rule.chunksAfter; i++) {
        if (rule.wrap === 'masked') seen.push(...(own[c + i] ?? []));
        else seen.push(...(turned(ring, i)[l * own.length + c] as number[]));
      }
      return chunk.map(() => seen);
    }),
  );
}

/** Length to which a sequence is filled up where layers cut it into chunks. */
export function paddedLength(length: number, chunkLengths: readonly number[]): number {
  if (chunkLengths.length === 0 || length <= Math.min(...chunkLengths)) return length;
  let padded = length;
  while (chunkLengths.some((chunk) => padded % chunk !== 0)) padded += 1;
  return padded;
}

function cut(list: readonly number[], length: number): number[][] {
  return Array.from({ length: list.length / length }, (_, c) => list.slice(c * length, (c + 1) * length));
}

function turned<T>(list: readonly T[], by: number): T[] {
  return by === 0 ? [...list] : [...list.slice(by), ...list.slice(0, by)];
}
