import { CandidateAttention } from '../kernels/reference/index.ts';
import { neighbour } from './chunks.ts';
import type { LocalConfig } from './config.ts';
import { loadRow, type ProjectedSequence, type SequenceAttention, type SequencePass } from './sequence-pass.ts';

/**
 * Chunked local attention of a whole sequence: a token sees its chunk and the neighbours, itself included. A sequence no
 * longer than a chunk is attended to in full. As in the reference, a masked token attends like any other; one that may see
 * nothing gets the mean of all values of its row, padding included as zeros, or with circular ends their sum: the reference
 * adds the logarithm of their number to −1e9, where float32 cannot hold it, so every weight is 1.
 */
export function attendChunks(pass: SequencePass, projected: ProjectedSequence): SequenceAttention {
  const { config, count, length } = pass;
  const { numHeads: heads, headDim } = config;
  const local = config.local as Required<LocalConfig>;
  const isCut = length > local.chunkLength;
  const seen = isCut ? (local.chunksBefore + 1 + local.chunksAfter) * local.chunkLength : length;
  const attention = new CandidateAttention(seen);
  const columns = new Int32Array(seen);
  const width = heads * headDim;
  const context = new Float32Array(count * width);
  const query = new Float32Array(width);
  const out = new Float32Array(width);
  const trace = pass.trace ? new Float32Array(heads * length * seen) : undefined;
  const weights = trace === undefined ? undefined : new Float32Array(seen);
  for (let t = 0; t < count; t++) {
    loadRow(projected.queries, t, query);
    const into = { list: attention.list, columns };
    const listKeys = (all: boolean): number =>
      isCut ? listChunks(pass, local, { t, all }, into) : listAll(pass, { t, all }, into);
    let listed = listKeys(false);
    let gain = 1;
    if (listed === 0) {
      query.fill(0);
      listed = listKeys(true);
      gain = config.wrap === 'circular' ? listed : 1;
    }
    for (let head = 0; head < heads; head++) {
      attention.apply(projected.table, head, listed, query, out, weights);
      if (trace === undefined || weights === undefined) continue;
      const row = (head * length + t) * seen;
      for (let i = 0; i < listed; i++) trace[row + (columns[i] as number)] = weights[i] as number;
    }
    for (let c = 0; c < width; c++) context[t * width + c] = gain * (out[c] as number);
  }
  return { context, ...(trace === undefined ? {} : { attention: trace }) };
}

interface Listed {
  readonly list: Int32Array;
  /** Place of each key in the row of the chunk. */
  readonly columns: Int32Array;
}

/** Which keys a token lists: those it may see, or all of its row. */
interface Listing {
  readonly t: number;
  readonly all: boolean;
}

function listChunks(pass: SequencePass, local: Required<LocalConfig>, { t, all }: Listing, into: Listed): number {
  const { chunkLength, chunksBefore: before, chunksAfter: after } = local;
  const rule = { chunkLength, before, after, count: pass.length / chunkLength, wrap: pass.config.wrap };
  const chunk = Math.floor(t / chunkLength);
  let count = 0;
  for (let offset = -before; offset <= after; offset++) {
    const seen = neighbour(rule, chunk, offset, { first: 0, last: rule.count - 1 });
    if (seen < 0) continue;
    for (let i = 0; i < chunkLength; i++) {
      const key = seen * chunkLength + i;
      if (!all && (pass.masked[key] === 1 || (pass.config.causal && key > t))) continue;
      into.columns[count] = (offset + before) * chunkLength + i;
      into.list[count++] = key;
    }
  }
  return count;
}

function listAll(pass: SequencePass, { t, all }: Listing, into: Listed): number {
  let count = 0;
  for (let key = 0; key < pass.length; key++) {
    if (!all && (pass.masked[key] === 1 || (pass.config.causal && key > t))) continue;
    into.columns[count] = key;
    into.list[count++] = key;
  }
  return count;
}
