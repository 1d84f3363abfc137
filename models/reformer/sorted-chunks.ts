import type { CandidateAttention, LshHash } from '../kernels/reference/index.ts';
import { type ChunkRule, neighbour } from './chunks.ts';
import type { RingTable } from './ring-table.ts';

/** The buckets of a whole sequence and their sorted order. */
export interface SortedBuckets {
  /** Bucket ids with the offset of their round, `[heads, rounds, length]`. */
  readonly buckets: Int32Array;
  /** Stable sort of the ids, rounds one after the other, `[heads, rounds * length]` of round · length + position. */
  readonly order: Int32Array;
  /** Where each token stands in the order of its round, `[heads, rounds, length]`. */
  readonly rank: Int32Array;
}

/** The layout of a sequence for {@link sortBuckets}. */
export interface SortShape {
  readonly heads: number;
  readonly rounds: number;
  /** Tokens, padding included. */
  readonly length: number;
  /** Masked tokens and padding go to a bucket of their own, behind the others. */
  readonly paddingBucket: boolean;
}

/**
 * Files a sequence and sorts it, O(rounds · (length + buckets)) a head by counting.
 * @param vectors query-key vectors of the tokens without padding, `[n, heads * headDim]`
 * @param masked `[length]`
 */
export function sortBuckets(shape: SortShape, hash: LshHash, vectors: Float32Array, masked: Uint8Array): SortedBuckets {
  const { heads, rounds, length } = shape;
  const numBuckets = hash.numBuckets + (shape.paddingBucket ? 1 : 0);
  const buckets = new Int32Array(heads * rounds * length);
  const filed = new Int32Array(heads * rounds);
  const width = heads * hash.shape.headDim;
  for (let t = 0; t < length; t++) {
    const isReal = t * width < vectors.length;
    if (isReal) hash.file(vectors.subarray(t * width, (t + 1) * width), filed);
    for (let table = 0; table < filed.length; table++) {
      const own = masked[t] === 1 && shape.paddingBucket ? numBuckets - 1 : (filed[table] as number);
      buckets[table * length + t] = own + (table % rounds) * numBuckets;
    }
  }
  const order = new Int32Array(buckets.length);
  const rank = new Int32Array(buckets.length);
  for (let table = 0; table < filed.length; table++)
    sortTable({ buckets, order, rank }, table, { length, rounds, numBuckets });
  return { buckets, order, rank };
}

function sortTable(
  sorted: SortedBuckets,
  table: number,
  shape: { readonly length: number; readonly rounds: number; readonly numBuckets: number },
): void {
  const { length, rounds, numBuckets } = shape;
  const round = table % rounds;
  const start = table * length;
  const next = new Int32Array(numBuckets + 1);
  const bucketOf = (t: number): number => (sorted.buckets[start + t] as number) - round * numBuckets;
  for (let t = 0; t < length; t++) next[bucketOf(t) + 1] = (next[bucketOf(t) + 1] as number) + 1;
  for (let bucket = 0; bucket < numBuckets; bucket++)
    next[bucket + 1] = (next[bucket + 1] as number) + (next[bucket] as number);
  for (let t = 0; t < length; t++) {
    const place = next[bucketOf(t)] as number;
    next[bucketOf(t)] = place + 1;
    sorted.rank[start + t] = place;
    sorted.order[start + place] = round * length + t;
  }
}

/** What a token of a finite sequence may see. */
export interface SightRule {
  readonly chunks: ChunkRule;
  readonly causal: boolean;
}

/**
 * Lists the keys that a token sees in one round: its chunk of the sorted order and the neighbours, without itself, masked
 * and (causal) later ones. `columns`, where given, gets the place of each in the chunk's row of keys. Returns the count.
 */
export function listSorted(
  sorted: SortedBuckets,
  place: { readonly table: number; readonly round: number; readonly t: number; readonly length: number },
  rule: SightRule,
  into: { readonly attention: CandidateAttention; readonly keys: RingTable; readonly columns?: Int32Array },
  from: number,
): number {
  const { table, round, t, length } = place;
  const { chunkLength, before, after } = rule.chunks;
  const perRound = length / chunkLength;
  const first = round * perRound;
  const chunk = first + Math.floor((sorted.rank[table * length + t] as number) / chunkLength);
  const head = (table - round) * length;
  let count = from;
  for (let offset = -before; offset <= after; offset++) {
    const seen = neighbour(rule.chunks, chunk, offset, { first, last: first + perRound - 1 });
    if (seen < 0) continue;
    for (let i = 0; i < chunkLength; i++) {
      const key = (sorted.order[head + seen * chunkLength + i] as number) % length;
      if (key === t || into.keys.masked[key] === 1 || (rule.causal && key > t)) continue;
      if (into.columns !== undefined) into.columns[count] = (offset + before) * chunkLength + i;
      into.attention.list[count++] = key;
    }
  }
  return count;
}
