import type { ResolvedReformerConfig } from '../../../models/index.ts';
import { seenInChunks } from './dense-chunks.ts';

type Lsh = NonNullable<ResolvedReformerConfig['lsh']>;

/** What one head of an LSH layer knows of a sequence. */
export interface HashedSequence {
  /** `[rounds][n]` */
  readonly buckets: readonly (readonly number[])[];
  /** `[n]` */
  readonly masked: readonly boolean[];
}

/**
 * The keys that token `t` sees by bucket recency: of each round the `depth` latest tokens of its bucket within the
 * horizon, and the latest `fallback` tokens; a key is in the list as often as it counts.
 */
export function recencyCandidates(lsh: Lsh, { buckets, masked }: HashedSequence, t: number): number[] {
  const seen = buckets.flatMap((row) => {
    const own = range(Math.max(0, t - lsh.horizon), t).filter((j) => !masked[j] && row[j] === row[t]);
    return own.slice(-lsh.depth);
  });
  const counted = lsh.combine === 'union' ? [...new Set(seen)] : seen;
  const latest = range(Math.max(0, t - lsh.fallback), t).filter((j) => !masked[j] && !seen.includes(j));
  return [...counted, ...latest];
}

/**
 * The keys that token `t` sees when the stream ended with it: it and the tokens of the horizon, sorted by bucket in each
 * round, its own chunk and those beside it.
 */
export function prefixCandidates(lsh: Lsh, { buckets, masked }: HashedSequence, t: number): number[] {
  return buckets.flatMap((row) => {
    const tokens = [...range(Math.max(0, t - lsh.horizon), t).filter((j) => !masked[j]), t];
    const sorted = sortedBy(tokens, (j) => row[j] as number);
    const chunk = Math.floor(sorted.indexOf(t) / lsh.chunkLength);
    const from = Math.max(0, (chunk - lsh.chunksBefore) * lsh.chunkLength);
    return sorted.slice(from, (chunk + 1 + lsh.chunksAfter) * lsh.chunkLength).filter((j) => j !== t);
  });
}

/**
 * The keys that every token of a finite sequence sees, `[n][…]`: all rounds sorted by bucket, masked tokens behind, and
 * cut into chunks. `masked` has as many entries as the sequence with its padding, `buckets` may end earlier.
 */
export function offlineCandidates(
  lsh: Lsh,
  { buckets, masked }: HashedSequence,
  model: Pick<ResolvedReformerConfig, 'causal' | 'wrap'>,
): number[][] {
  const all = range(0, masked.length);
  const mayBeSeen = (t: number, j: number): boolean => j !== t && !masked[j] && (!model.causal || j < t);
  if (masked.length <= lsh.chunkLength) return all.map((t) => all.filter((j) => mayBeSeen(t, j)));
  const sorted = buckets.map((row) => sortedBy(all, (j) => (masked[j] ? Infinity : (row[j] as number))));
  const seen = seenInChunks(sorted, { ...lsh, wrap: model.wrap });
  return all.map((t) =>
    sorted.flatMap((order, round) => {
      const visible = seen[round]?.[order.indexOf(t)] as number[];
      return visible.filter((j) => mayBeSeen(t, j));
    }),
  );
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** A stable sort. */
function sortedBy(items: readonly number[], rank: (item: number) => number): number[] {
  return [...items].sort((a, b) => {
    const [first, second] = [rank(a), rank(b)];
    return first === second ? a - b : first < second ? -1 : 1;
  });
}
