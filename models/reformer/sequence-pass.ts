import type { ResolvedReformerConfig } from './config.ts';
import type { RingTable } from './ring-table.ts';

/** One finite sequence on its way through the layers. */
export interface SequencePass {
  readonly config: ResolvedReformerConfig;
  /** Tokens given. */
  readonly count: number;
  /** Tokens with the padding that the chunks need. */
  readonly length: number;
  /** `[length]`, 1 where a token is masked or padding. */
  readonly masked: Uint8Array;
  /** Masked tokens and padding have a bucket of their own. */
  readonly paddingBucket: boolean;
  readonly trace: boolean;
}

/** Queries, keys and values of all tokens in one layer. */
export interface ProjectedSequence {
  /** `[count, heads * headDim]` */
  readonly queries: Float32Array;
  /** Keys and values at their positions, `length` slots. */
  readonly table: RingTable;
}

/** What the attention of one layer gave. */
export interface SequenceAttention {
  /** The heads' output before the output projection, `[count, heads * headDim]`. */
  readonly context: Float32Array;
  /** With trace, where the layer cuts: probabilities per chunk, `[heads, rounds · chunks, chunkLength, keys]`; where it does not, `[heads, count, count]`. */
  readonly attention?: Float32Array;
  /** LSH layers that hash: ids with round offsets, `[heads, rounds, length]`. */
  readonly buckets?: Int32Array;
  /** LSH layers that hash: the sorted order, `[heads, rounds * length]`. */
  readonly order?: Int32Array;
}

/** Copies token `t` of rows `[n, width]` to `into` `[width]`. */
export function loadRow(rows: Float32Array, t: number, into: Float32Array): void {
  const from = t * into.length;
  for (let c = 0; c < into.length; c++) into[c] = rows[from + c] as number;
}
