/** How a sequence is cut into chunks, and which of them a token sees. */
export interface ChunkRule {
  readonly chunkLength: number;
  readonly before: number;
  readonly after: number;
  /** Chunks that lie side by side. */
  readonly count: number;
  /** `circular`: the ends meet. `masked`: beyond `first` and `last` there is nothing. */
  readonly wrap: 'masked' | 'circular';
}

/**
 * The chunk that stands `offset` chunks from `chunk`, or −1 for none. In a circle an offset of at least as many chunks as
 * there are leads back to the chunk itself (Hugging Face cuts and joins slices, and a slice beyond the end is empty).
 * @param first,last the chunks that may be seen when the ends do not meet
 */
export function neighbour(
  rule: ChunkRule,
  chunk: number,
  offset: number,
  range: { readonly first: number; readonly last: number },
): number {
  if (rule.wrap === 'circular') {
    return Math.abs(offset) < rule.count ? (chunk + offset + rule.count) % rule.count : chunk;
  }
  const found = chunk + offset;
  return found >= range.first && found <= range.last ? found : -1;
}

/**
 * Length that a sequence is padded to: a multiple of every chunk length in use, unless it is no longer than the shortest,
 * where no layer cuts it.
 */
export function paddedLength(count: number, chunkLengths: readonly number[]): number {
  if (chunkLengths.length === 0 || count <= Math.min(...chunkLengths)) return count;
  const multiple = chunkLengths.reduce((all, length) => (all / divisor(all, length)) * length, 1);
  return Math.ceil(count / multiple) * multiple;
}

/** Greatest common divisor. */
function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
