import type { CandidateLists, Engine, LshKernel } from '../kernels/index.ts';
import { type BatchEntry, clearMasked, type RowBatch, type StackLayer } from '../stack/index.ts';
import { layerMaps } from './block.ts';
import type { ResolvedReformerConfig } from './config.ts';
import { LshState } from './lsh-state.ts';
import type { StoredTokens } from './masked-table.ts';
import { lshShape } from './parameters.ts';
import type { RankedBuckets } from './ranked-buckets.ts';
import { type ReformerMaps, type ReformerStreamBlock, reformerMaps } from './stream-block.ts';
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
  readonly #engine: Engine;
  readonly #config: ResolvedReformerConfig;
  readonly #lsh: LshFields;
  readonly #block: ReformerStreamBlock;
  readonly #maps: ReformerMaps;
  readonly #hash: LshKernel;
  readonly #candidates: CandidateLists;
  /** What the rows of the pass are filed under, `[rows, heads * rounds]`, and by what margin. */
  readonly #filed: { readonly buckets: Int32Array; readonly margins: Float64Array };
  /** Buckets of one row, `[heads * rounds]`. */
  readonly #buckets: Int32Array;
  /** Positions that `prefix-exact` finds in one round. */
  readonly #positions: Float64Array;
  /** Mark of the query that listed a slot last, `[slots]`. */
  readonly #marks: Uint32Array;
  readonly #recencyRule: { oldest: number; readonly depth: number; readonly slots: number };
  readonly #chunkRule: { readonly chunkLength: number; readonly before: number; readonly after: number };
  readonly #stored: StoredTokens = { from: 0, count: 0, position: 0, kinds: new Uint8Array(0) };
  readonly #queries: { from: number; count: number; readonly candidates: CandidateLists };
  readonly #normalise: { readonly headDim: number; count: number };
  #mark = 0;

  constructor(
    engine: Engine,
    config: ResolvedReformerConfig,
    parts: { readonly weights: ReformerLayerWeights; readonly block: ReformerStreamBlock },
  ) {
    const lsh = config.lsh as LshFields;
    const seen = (lsh.chunksBefore + 1 + lsh.chunksAfter) * lsh.chunkLength;
    const perRound = lsh.rule === 'bucket-recency' ? Math.min(lsh.depth, lsh.horizon) : Math.min(seen, lsh.horizon);
    const tables = config.numHeads * lsh.numHashes;
    const slots = lsh.horizon + engine.passRows;
    this.#engine = engine;
    this.#config = config;
    this.#lsh = lsh;
    this.#block = parts.block;
    this.#maps = reformerMaps(engine, layerMaps(config, parts.weights));
    this.#hash = engine.lsh(lshShape(config), parts.weights.lsh?.rotations as Float32Array);
    this.#candidates = engine.candidateLists(config.numHeads, lsh.numHashes * perRound + lsh.fallback);
    this.#filed = {
      buckets: new Int32Array(engine.passRows * tables),
      margins: new Float64Array(engine.passRows),
    };
    this.#buckets = new Int32Array(tables);
    this.#positions = new Float64Array(perRound);
    this.#marks = new Uint32Array(slots);
    this.#recencyRule = { oldest: 0, depth: perRound, slots };
    this.#chunkRule = { chunkLength: lsh.chunkLength, before: lsh.chunksBefore, after: lsh.chunksAfter };
    this.#queries = { from: 0, count: 0, candidates: this.#candidates };
    this.#normalise = { headDim: config.headDim, count: 0 };
  }

  open(): LshState {
    const { numHeads: heads, headDim } = this.#config;
    const { numHashes: rounds, horizon, rule } = this.#lsh;
    const shape = { heads, headDim, rounds, numBuckets: this.#hash.numBuckets, horizon };
    return new LshState(this.#engine, shape, rule === 'prefix-exact' ? rule : 'bucket-recency');
  }

  take(batch: RowBatch, layer: number): void {
    const { rowCount } = batch;
    const block = this.#block;
    block.begin(this.#maps, batch);
    this.#maps.query.apply(block.input, block.query, rowCount);
    this.#maps.value.apply(block.input, block.value, rowCount);
    this.#hash.file(block.query, rowCount, this.#filed);
    this.#normalise.count = rowCount;
    this.#engine.normaliseKeys(block.query, block.key, this.#normalise);
    for (let i = 0; i < batch.size; i++) this.#takeStream(batch, batch.entries[i] as BatchEntry, layer);
    clearMasked(block.context, batch);
    block.complete(this.#maps, batch);
  }

  drain(): boolean {
    return false;
  }

  /** Candidates first, token by token, for each sees those before it; then attention for all at once. */
  #takeStream(batch: RowBatch, entry: BatchEntry, layer: number): void {
    const state = entry.state.layers[layer] as LshState;
    const { from, count } = entry;
    const stored = this.#stored;
    stored.from = from;
    stored.count = count;
    stored.position = state.taken;
    stored.kinds = batch.kinds;
    state.table.store(this.#block.key, this.#block.value, stored);
    for (let row = from; row < from + count; row++) this.#file(state, row, batch.kinds[row] as number);
    this.#queries.from = from;
    this.#queries.count = count;
    state.table.keys.attend(this.#block.query, this.#block.context, this.#queries);
    for (let row = from; row < from + count; row++) this.#fillEmpty(row);
  }

  /** Lists the candidates of a row, then files it for those after it. */
  #file(state: LshState, row: number, kind: number): void {
    const heads = this.#config.numHeads;
    const tables = this.#buckets.length;
    for (let table = 0; table < tables; table++) {
      this.#buckets[table] = this.#filed.buckets[row * tables + table] as number;
    }
    const masked = kind === 0;
    if (!masked) state.noteMargin(this.#filed.margins[row] as number);
    for (let head = 0; head < heads; head++) {
      const list = row * heads + head;
      const start = this.#candidates.offset + list * this.#candidates.capacity;
      let count = 0;
      if (!masked) {
        count =
          state.recency === undefined ? this.#listRanked(state, head, start) : this.#listRecent(state, head, start);
        state.noteQuery(count);
      }
      this.#candidates.counts[list] = count;
    }
    if (state.ranked !== undefined) state.ranked.file(state.taken, this.#buckets, masked);
    else if (!masked) state.recency?.file(state.taken, this.#buckets);
    state.taken += 1;
  }

  /** A head without candidates gets the token's own value. */
  #fillEmpty(row: number): void {
    const { numHeads, headDim } = this.#config;
    const { context, value } = this.#block;
    for (let head = 0; head < numHeads; head++) {
      if (this.#candidates.counts[row * numHeads + head] !== 0) continue;
      const to = context.offset + row * context.stride + head * headDim;
      const from = value.offset + row * value.stride + head * headDim;
      for (let c = 0; c < headDim; c++) context.data[to + c] = value.data[from + c] as number;
    }
  }

  /** Candidates from `start` on, round by round, newest first, then those of the fallback that no round showed. */
  #listRecent(state: LshState, head: number, start: number): number {
    const { numHashes, horizon, fallback, combine } = this.#lsh;
    const list = this.#candidates.slots;
    const mark = this.#nextMark();
    const rule = this.#recencyRule;
    const { slots } = rule;
    rule.oldest = Math.max(0, state.taken - horizon);
    let end = start;
    for (let round = 0; round < numHashes; round++) {
      const table = head * numHashes + round;
      const bucket = this.#buckets[table] as number;
      const found = state.recency?.collect(table, bucket, rule, list, end) as number;
      end = this.#keepMarked(end, found, mark, combine === 'union');
    }
    for (let back = 1; back <= fallback && back <= state.taken; back++) {
      const slot = (state.taken - back) % slots;
      if (state.table.masked[slot] === 1 || this.#marks[slot] === mark) continue;
      list[end++] = slot;
    }
    return end - start;
  }

  /** Marks the slots that a round has listed from `from` on; with `once` drops those that were marked. Returns the end. */
  #keepMarked(from: number, found: number, mark: number, once: boolean): number {
    const list = this.#candidates.slots;
    let end = from;
    for (let i = from; i < from + found; i++) {
      const slot = list[i] as number;
      if (once && this.#marks[slot] === mark) continue;
      this.#marks[slot] = mark;
      list[end++] = slot;
    }
    return end;
  }

  /** Candidates from `start` on, round by round, in the order in which the chunk shows them. */
  #listRanked(state: LshState, head: number, start: number): number {
    const { numHashes } = this.#lsh;
    const { slots } = this.#recencyRule;
    const list = this.#candidates.slots;
    const buckets = state.ranked as RankedBuckets;
    let end = start;
    for (let round = 0; round < numHashes; round++) {
      const table = head * numHashes + round;
      const found = buckets.see(table, this.#buckets[table] as number, this.#chunkRule, this.#positions, 0);
      for (let i = 0; i < found; i++) list[end++] = (this.#positions[i] as number) % slots;
    }
    return end - start;
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
