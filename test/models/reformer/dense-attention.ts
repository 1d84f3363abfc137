import type { ReformerLayerWeights, ResolvedReformerConfig } from '../../../models/index.ts';
import { dot, plus, softmaxAverage } from '../longformer/dense-math.ts';
import { offlineCandidates, prefixCandidates, range, recencyCandidates } from './dense-candidates.ts';
import { seenInChunks } from './dense-chunks.ts';
import { type DenseHash, denseHash, denseKey } from './dense-hash.ts';

type Rows = readonly (readonly number[])[];

/** What the attention of one layer works on. */
export interface DenseAttentionInput {
  readonly config: ResolvedReformerConfig;
  readonly weights: ReformerLayerWeights;
  /** Normed rows of the second stream, `[n][hiddenSize]`. */
  readonly rows: Rows;
  /** `[n or more]`: what is behind the rows is padding. */
  readonly masked: readonly boolean[];
  /** The rule for finite sequences; without it that of the configuration's stream. */
  readonly isWhole: boolean;
  /**
   * What local attention makes of a token none of whose chunks holds a key that it may see: the mean of all values there, or
   * their sum, because float32 knows no ln(count) beside a score of −1e9.
   */
  readonly unseen: 'mean' | 'sum';
}

/** Attention of one layer over a whole sequence. */
export interface DenseAttention {
  /** The heads' output, `[n][numHeads * headDim]`. */
  readonly context: number[][];
  /** For an LSH layer, `[heads][n]`. */
  readonly hashes: DenseHash[][];
}

/** All is done on the finished sequence. */
export function isOffline({ causal, lsh }: ResolvedReformerConfig): boolean {
  return !causal || lsh?.rule === 'offline';
}

/** LSH attention by each of the rules: hash, list what is seen, one softmax over the list. */
export function denseLshAttention(input: DenseAttentionInput): DenseAttention {
  const { config, weights, rows } = input;
  const { headDim } = config;
  const lsh = config.lsh as NonNullable<typeof config.lsh>;
  const maps = weights.lsh as NonNullable<typeof weights.lsh>;
  const context: number[][] = rows.map(() => []);
  const shape = { headDim, rounds: lsh.numHashes, factors: lsh.numBuckets };
  const hashes = range(0, config.numHeads).map((head) => {
    const queries = project(maps.queryKey, rows, { head, headDim });
    const values = project(maps.value, rows, { head, headDim });
    const keys = queries.map(denseKey);
    const hashed = queries.map((row) => denseHash(shape, maps.rotations, head, row));
    const see = lshSight(input, hashed);
    context.forEach((row, t) => {
      const seen = see(t);
      if (seen === undefined) row.push(...zeros(headDim));
      else if (seen.length > 0) row.push(...average(queries[t] as number[], pick(keys, seen), pick(values, seen)));
      // Without any other key the penalty on a token itself leaves it alone with itself.
      else row.push(...(values[t] as number[]));
    });
    return hashed;
  });
  return { context, hashes };
}

/** The keys that a token of one head sees, by the rule of the configuration; `undefined` for one that does not attend. */
function lshSight(input: DenseAttentionInput, hashed: readonly DenseHash[]): (t: number) => number[] | undefined {
  const { config, masked } = input;
  const lsh = config.lsh as NonNullable<typeof config.lsh>;
  const buckets = range(0, lsh.numHashes).map((round) => hashed.map((hash) => hash.buckets[round] as number));
  if (input.isWhole) {
    const offline = offlineCandidates(lsh, { buckets, masked }, config);
    return (t) => offline[t];
  }
  const streamed = lsh.rule === 'prefix-exact' ? prefixCandidates : recencyCandidates;
  return (t) => (masked[t] ? undefined : streamed(lsh, { buckets, masked }, t));
}

/** Chunked attention; keys are scaled, a token sees itself. */
export function denseLocalAttention(input: DenseAttentionInput): DenseAttention {
  const { config, masked, isWhole } = input;
  const local = config.local as NonNullable<typeof config.local>;
  const all = range(0, masked.length);
  // A stream has no end that a chunk could look around, and its last chunk may be open.
  const rule = { ...local, wrap: isWhole ? config.wrap : 'masked' };
  const filled = range(0, Math.ceil(masked.length / local.chunkLength) * local.chunkLength);
  const isShort = isWhole && masked.length <= local.chunkLength;
  const visible = isShort ? all.map(() => all) : (seenInChunks([filled], rule)[0] as number[][]);
  return denseMaps(input, (_, t) => {
    const seen = (visible[t] as number[]).filter((j) => masked[j] === false && (!config.causal || j <= t));
    if (!isWhole && masked[t]) return undefined;
    return seen.length > 0 ? { seen } : { unseen: visible[t] as number[] };
  });
}

/** The sliding window of the Longformer. */
export function denseWindowAttention(input: DenseAttentionInput): DenseAttention {
  const { config, rows, masked } = input;
  const { window, lookAhead, dilation } = config.window as NonNullable<typeof config.window>;
  return denseMaps(input, (head, t) => {
    if (masked[t]) return undefined;
    const seen = range(0, rows.length).filter((j) => {
      const steps = (j - t) / (dilation[head] as number);
      return !masked[j] && Number.isInteger(steps) && steps > -window && steps <= lookAhead;
    });
    return { seen };
  });
}

/** The keys that a token sees, or the places in its chunks when it may see none of them. */
type Sight = { readonly seen: readonly number[] } | { readonly unseen: readonly number[] };

/** Attention with maps of its own for queries, keys and values; `see` gives nothing for a token that does not attend. */
function denseMaps(input: DenseAttentionInput, see: (head: number, t: number) => Sight | undefined): DenseAttention {
  const { config, weights, rows } = input;
  const { headDim } = config;
  const maps = weights.attention as NonNullable<typeof weights.attention>;
  const context: number[][] = rows.map(() => []);
  for (let head = 0; head < config.numHeads; head++) {
    const queries = project(maps.query, rows, { head, headDim });
    const keys = project(maps.key, rows, { head, headDim }).map((key) => key.map((c) => c / Math.sqrt(headDim)));
    const values = project(maps.value, rows, { head, headDim });
    context.forEach((row, t) => {
      const sight = see(head, t) ?? { seen: [] };
      if ('unseen' in sight) {
        // Padding has values of 0.
        const sum = sight.unseen.reduce((all, j) => plus(all, values[j] ?? zeros(headDim)), zeros(headDim));
        row.push(...sum.map((value) => (input.unseen === 'mean' ? value / sight.unseen.length : value)));
      } else if (sight.seen.length === 0) row.push(...zeros(headDim));
      else row.push(...average(queries[t] as number[], pick(keys, sight.seen), pick(values, sight.seen)));
    });
  }
  return { context, hashes: [] };
}

/** Head `head` of the rows through a map without bias, `[n][headDim]`. */
function project(
  weight: Float32Array,
  rows: Rows,
  at: { readonly head: number; readonly headDim: number },
): number[][] {
  return rows.map((row) =>
    range(at.head * at.headDim, (at.head + 1) * at.headDim).map((r) =>
      dot(row, Array.from(weight.subarray(r * row.length, (r + 1) * row.length))),
    ),
  );
}

function average(query: readonly number[], keys: Rows, values: Rows): number[] {
  return softmaxAverage(
    keys.map((key) => dot(query, key)),
    values,
  );
}

function pick(rows: Rows, indices: readonly number[]): (readonly number[])[] {
  return indices.map((j) => rows[j] as readonly number[]);
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}
