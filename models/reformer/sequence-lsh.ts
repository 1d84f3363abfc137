import { CandidateAttention, type LshHash } from '../kernels/reference/index.ts';
import type { ResolvedReformerConfig } from './config.ts';
import { loadRow, type ProjectedSequence, type SequenceAttention, type SequencePass } from './sequence-pass.ts';
import { listSorted, type SightRule, type SortedBuckets, sortBuckets } from './sorted-chunks.ts';

type LshFields = NonNullable<ResolvedReformerConfig['lsh']>;

/**
 * LSH attention of a whole sequence (Reformer, section 2): hash, sort by bucket, cut the sorted sequence into chunks, and
 * attend within a chunk and its neighbours; the rounds are joined as one softmax over all that they show. A sequence no longer
 * than a chunk is attended to in full. A token that sees nothing but itself gets its own value. As in the reference, a masked
 * token attends like any other, though nobody sees it.
 */
export function attendSorted(pass: SequencePass, hash: LshHash, projected: ProjectedSequence): SequenceAttention {
  const { config, length } = pass;
  const { numHeads: heads } = config;
  const lsh = config.lsh as LshFields;
  const isCut = length > lsh.chunkLength;
  const rounds = isCut ? lsh.numHashes : 1;
  const sorted = isCut
    ? sortBuckets({ heads, rounds, length, paddingBucket: pass.paddingBucket }, hash, projected.queries, pass.masked)
    : undefined;
  const rule: SightRule = { chunks: chunkRule(pass, lsh), causal: pass.config.causal };
  const seen = isCut ? (lsh.chunksBefore + 1 + lsh.chunksAfter) * lsh.chunkLength : length;
  const work: LshWork = {
    pass,
    projected,
    sorted,
    rule,
    attention: new CandidateAttention(rounds * seen),
    columns: new Int32Array(rounds * seen),
    // Of one round only: with several, a key may stand in more than one row.
    trace: pass.trace && rounds === 1 ? new Float32Array(heads * length * seen) : undefined,
  };
  const context = attendAll(work, rounds);
  return {
    context,
    ...(work.trace === undefined ? {} : { attention: work.trace }),
    ...(sorted === undefined ? {} : { buckets: sorted.buckets, order: sorted.order }),
  };
}

interface LshWork {
  readonly pass: SequencePass;
  readonly projected: ProjectedSequence;
  readonly sorted: SortedBuckets | undefined;
  readonly rule: SightRule;
  readonly attention: CandidateAttention;
  readonly columns: Int32Array;
  readonly trace: Float32Array | undefined;
}

function chunkRule(pass: SequencePass, lsh: LshFields): SightRule['chunks'] {
  const { chunkLength, chunksBefore: before, chunksAfter: after, numHashes } = lsh;
  return { chunkLength, before, after, count: (numHashes * pass.length) / chunkLength, wrap: pass.config.wrap };
}

function attendAll(work: LshWork, rounds: number): Float32Array {
  const { pass, projected, attention } = work;
  const { numHeads: heads, headDim } = pass.config;
  const width = heads * headDim;
  const context = new Float32Array(pass.count * width);
  const query = new Float32Array(width);
  const out = new Float32Array(width);
  const weights = work.trace === undefined ? undefined : new Float32Array(work.columns.length);
  for (let t = 0; t < pass.count; t++) {
    loadRow(projected.queries, t, query);
    for (let head = 0; head < heads; head++) {
      let count = 0;
      for (let round = 0; round < rounds; round++) count += list(work, { head, round, rounds, t }, count) - count;
      if (count > 0) attention.apply(projected.table, head, count, query, out, weights);
      else {
        const from = (head * projected.table.slots + t) * headDim;
        out.set(projected.table.values.subarray(from, from + headDim), head * headDim);
      }
      if (weights !== undefined) keepRow(work, { head, t, count }, weights);
    }
    context.set(out, t * width);
  }
  return context;
}

/** Adds what round `round` shows to the list and returns its length. */
function list(
  work: LshWork,
  at: { readonly head: number; readonly round: number; readonly rounds: number; readonly t: number },
  from: number,
): number {
  const { pass, sorted, rule, attention, projected, columns } = work;
  if (sorted !== undefined) {
    const place = { table: at.head * at.rounds + at.round, round: at.round, t: at.t, length: pass.length };
    return listSorted(sorted, place, rule, { attention, keys: projected.table, columns }, from);
  }
  let count = from;
  for (let key = 0; key < pass.length; key++) {
    if (key === at.t || pass.masked[key] === 1 || (rule.causal && key > at.t)) continue;
    columns[count] = key;
    attention.list[count++] = key;
  }
  return count;
}

/** Puts the probabilities of one query in its row: at its place in the sorted order, or at its position. */
function keepRow(
  work: LshWork,
  at: { readonly head: number; readonly t: number; readonly count: number },
  weights: Float32Array,
): void {
  const { pass, sorted, rule } = work;
  const trace = work.trace as Float32Array;
  const seen = trace.length / (pass.config.numHeads * pass.length);
  const row = sorted === undefined ? at.t : (sorted.rank[at.head * pass.length + at.t] as number);
  const start = (at.head * pass.length + row) * seen;
  for (let i = 0; i < at.count; i++) trace[start + (work.columns[i] as number)] = weights[i] as number;
  if (at.count > 0) return;
  const { chunkLength, before } = rule.chunks;
  trace[start + (sorted === undefined ? at.t : before * chunkLength + (row % chunkLength))] = 1;
}
