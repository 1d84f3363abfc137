import { applyLinear, CandidateAttention, LshHash, normaliseKeys } from '../kernels/reference/index.ts';
import type { LayerState, StackLayer } from '../stack/index.ts';
import { type LayerMaps, layerMaps, type ReformerBlock } from './block.ts';
import type { ResolvedReformerConfig } from './config.ts';
import { LshState } from './lsh-state.ts';
import { lshShape } from './parameters.ts';
import type { RankedBuckets } from './ranked-buckets.ts';
import type { ReformerLayerWeights } from './weights.ts';

type LshFields = NonNullable<ResolvedReformerConfig['lsh']>;

/**
 * LSH attention on a stream: a token is hashed once, attends to the candidates that its rule finds among the tokens
 * before it, and is filed under its buckets. Queries and keys share their map; keys are normalised. A token without
 * candidates gets its own value, as the penalty on itself comes to. Cost O(rounds · depth + fallback) a head
 * (`bucket-recency`) or O(rounds · (chunks · chunkLength + numBuckets)) (`prefix-exact`), whatever the buckets hold.
 */
export class LshLayer implements StackLayer {
  readonly delay = 0;
  leavingKind = 1;
  readonly #config: ResolvedReformerConfig;
  readonly #lsh: LshFields;
  readonly #block: ReformerBlock;
  readonly #maps: LayerMaps;
  readonly #hash: LshHash;
  readonly #attention: CandidateAttention;
  readonly #query: Float32Array;
  readonly #key: Float32Array;
  readonly #value: Float32Array;
  /** `[heads * rounds]` */
  readonly #buckets: Int32Array;
  /** Positions that `prefix-exact` finds in one round. */
  readonly #positions: Float64Array;
  /** Mark of the query that listed a slot last, `[horizon]`. */
  readonly #marks: Uint32Array;
  readonly #recencyRule: { oldest: number; readonly depth: number };
  readonly #chunkRule: { readonly chunkLength: number; readonly before: number; readonly after: number };
  #mark = 0;

  constructor(config: ResolvedReformerConfig, weights: ReformerLayerWeights, block: ReformerBlock) {
    const lsh = config.lsh as LshFields;
    const width = config.numHeads * config.headDim;
    const seen = (lsh.chunksBefore + 1 + lsh.chunksAfter) * lsh.chunkLength;
    const perRound = lsh.rule === 'bucket-recency' ? Math.min(lsh.depth, lsh.horizon) : Math.min(seen, lsh.horizon);
    this.#config = config;
    this.#lsh = lsh;
    this.#block = block;
    this.#maps = layerMaps(config, weights);
    this.#hash = new LshHash(lshShape(config), weights.lsh?.rotations as Float32Array);
    this.#attention = new CandidateAttention(lsh.numHashes * perRound + lsh.fallback);
    this.#query = new Float32Array(width);
    this.#key = new Float32Array(width);
    this.#value = new Float32Array(width);
    this.#buckets = new Int32Array(config.numHeads * lsh.numHashes);
    this.#positions = new Float64Array(perRound);
    this.#marks = new Uint32Array(lsh.horizon);
    this.#recencyRule = { oldest: 0, depth: perRound };
    this.#chunkRule = { chunkLength: lsh.chunkLength, before: lsh.chunksBefore, after: lsh.chunksAfter };
  }

  open(): LshState {
    const { numHeads: heads, headDim } = this.#config;
    const { numHashes: rounds, horizon, rule } = this.#lsh;
    const shape = { heads, headDim, rounds, numBuckets: this.#hash.numBuckets, horizon };
    return new LshState(shape, rule === 'prefix-exact' ? rule : 'bucket-recency');
  }

  take(layerState: LayerState, row: Float32Array, kind: number): boolean {
    const state = layerState as LshState;
    this.#block.begin(this.#maps.weights, row);
    applyLinear(this.#maps.query, this.#block.input, this.#query);
    applyLinear(this.#maps.value, this.#block.input, this.#value);
    this.#hash.smallestMargin = Number.POSITIVE_INFINITY;
    this.#hash.file(this.#query, this.#buckets);
    if (kind === 0) this.#block.context.fill(0);
    else {
      state.noteMargin(this.#hash.smallestMargin);
      for (let head = 0; head < this.#config.numHeads; head++) this.#attend(state, head);
    }
    this.#file(state, kind);
    this.#block.complete(this.#maps, row);
    this.leavingKind = kind;
    return true;
  }

  drain(): boolean {
    return false;
  }

  #attend(state: LshState, head: number): void {
    const count = state.recency === undefined ? this.#listRanked(state, head) : this.#listRecent(state, head);
    state.noteQuery(count);
    if (count > 0) {
      this.#attention.apply(state.table, head, count, this.#query, this.#block.context);
      return;
    }
    const { headDim } = this.#config;
    for (let c = head * headDim; c < (head + 1) * headDim; c++) this.#block.context[c] = this.#value[c] as number;
  }

  /** Candidates round by round, newest first, then those of the fallback that no round showed. */
  #listRecent(state: LshState, head: number): number {
    const { numHashes, horizon, fallback, combine } = this.#lsh;
    const { list } = this.#attention;
    const mark = this.#nextMark();
    const rule = this.#recencyRule;
    rule.oldest = Math.max(0, state.taken - horizon);
    let count = 0;
    for (let round = 0; round < numHashes; round++) {
      const table = head * numHashes + round;
      const bucket = this.#buckets[table] as number;
      const found = state.recency?.collect(table, bucket, rule, list, count) as number;
      count = this.#keepMarked(count, found, mark, combine === 'union');
    }
    for (let back = 1; back <= fallback && back <= state.taken; back++) {
      const slot = (state.taken - back) % horizon;
      if (state.table.masked[slot] === 1 || this.#marks[slot] === mark) continue;
      list[count++] = slot;
    }
    return count;
  }

  /** Marks the slots that a round has listed from `from` on; with `once` drops those that were marked. Returns the count. */
  #keepMarked(from: number, found: number, mark: number, once: boolean): number {
    const { list } = this.#attention;
    let count = from;
    for (let i = from; i < from + found; i++) {
      const slot = list[i] as number;
      if (once && this.#marks[slot] === mark) continue;
      this.#marks[slot] = mark;
      list[count++] = slot;
    }
    return count;
  }

  /** Candidates round by round, in the order in which the chunk shows them. */
  #listRanked(state: LshState, head: number): number {
    const { numHashes, horizon } = this.#lsh;
    const { list } = this.#attention;
    const buckets = state.ranked as RankedBuckets;
    let count = 0;
    for (let round = 0; round < numHashes; round++) {
      const table = head * numHashes + round;
      const found = buckets.see(table, this.#buckets[table] as number, this.#chunkRule, this.#positions, 0);
      for (let i = 0; i < found; i++) list[count++] = (this.#positions[i] as number) % horizon;
    }
    return count;
  }

  #file(state: LshState, kind: number): void {
    normaliseKeys(this.#query, this.#config.headDim, this.#key);
    state.table.store(state.taken, this.#key, this.#value, kind === 0 ? 1 : 0);
    if (state.ranked !== undefined) state.ranked.file(state.taken, this.#buckets, kind === 0);
    else if (kind !== 0) state.recency?.file(state.taken, this.#buckets);
    state.taken += 1;
  }

  #nextMark(): number {
    this.#mark += 1;
    if (this.#mark === 2 ** 32) {
      this.#marks.fill(0);
      this.#mark = 1;
    }
    return this.#mark;
  }
}
