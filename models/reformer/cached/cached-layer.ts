import {
  applyLinear,
  CandidateAttention,
  type KeyTable,
  LshHash,
  normaliseKeys,
} from '../../kernels/reference/index.ts';
import { type LayerMaps, layerMaps, ReformerBlock } from '../block.ts';
import type { ReformerLayer, ResolvedReformerConfig } from '../config.ts';
import { scaleKeys } from '../local-layer.ts';
import { lshShape } from '../parameters.ts';
import type { ReformerLayerWeights } from '../weights.ts';
import { GrowingRows } from './growing-rows.ts';

/** What a cached step did in one layer for one sequence. */
export interface CachedStep {
  /** The heads' output, `[heads * headDim]`. */
  readonly context: Float32Array;
  /** Positions that the bucketed step gathered, `[heads, rounds, window]`. */
  readonly window?: Int32Array;
}

/** What one sequence has cached in one layer: the inputs of the attention, and what is made of them. */
interface Cache {
  readonly inputs: GrowingRows;
  readonly queries: GrowingRows;
  readonly keys: GrowingRows;
  readonly values: GrowingRows;
  /** Ids with round offsets, per head and round; absent until the layer has hashed. */
  buckets: number[][] | undefined;
}

/**
 * One layer of the reference's cached generation (`past_buckets_states`): it keeps the inputs of every token, sorts all of
 * them by bucket at each step and looks at the chunk of the new token. Unbounded, O(n log n) a step: for parity, not for use.
 */
export class CachedLayer {
  readonly #config: ResolvedReformerConfig;
  readonly #kind: ReformerLayer;
  readonly #maps: LayerMaps;
  readonly #caches: readonly Cache[];
  readonly #block: ReformerBlock;

  constructor(
    config: ResolvedReformerConfig,
    layer: { readonly kind: ReformerLayer; readonly weights: ReformerLayerWeights },
    batchSize: number,
  ) {
    const width = config.numHeads * config.headDim;
    this.#config = config;
    this.#kind = layer.kind;
    this.#maps = layerMaps(config, layer.weights);
    this.#block = new ReformerBlock(config);
    this.#caches = Array.from({ length: batchSize }, () => ({
      inputs: new GrowingRows(config.hiddenSize),
      queries: new GrowingRows(width),
      keys: new GrowingRows(width),
      values: new GrowingRows(width),
      buckets: undefined,
    }));
  }

  /** Cached attention inputs of a sequence, `[n, hiddenSize]`. */
  states(b: number): Float32Array {
    return (this.#caches[b] as Cache).inputs.rows.slice();
  }

  /** Cached ids of a sequence, `[heads, rounds, n]`; empty before the layer has hashed. */
  buckets(b: number): Int32Array {
    return Int32Array.from((this.#caches[b] as Cache).buckets?.flat() ?? []);
  }

  /**
   * Takes in what the first call left: its inputs `[n, hiddenSize]`, and its ids `[heads, rounds, length]`, of which those of
   * padding are dropped.
   */
  fill(b: number, inputs: Float32Array, buckets: Int32Array | undefined): void {
    const cache = this.#caches[b] as Cache;
    const { hiddenSize } = this.#config;
    for (let at = 0; at < inputs.length; at += hiddenSize) this.#cache(cache, inputs.subarray(at, at + hiddenSize));
    if (buckets === undefined) return;
    const tables = this.#config.numHeads * (this.#config.lsh?.numHashes ?? 0);
    const length = buckets.length / tables;
    cache.buckets = Array.from({ length: tables }, (_, table) =>
      Array.from(buckets.subarray(table * length, table * length + cache.inputs.count)),
    );
  }

  /**
   * Takes one token of each sequence through the layer: `rows` are both residual streams, changed in place.
   * @param rotations of this call
   */
  step(rows: readonly Float32Array[], rotations: Float32Array | undefined): CachedStep[] {
    rows.forEach((row, b) => {
      this.#block.begin(this.#maps.weights, row);
      this.#cache(this.#caches[b] as Cache, this.#block.input.slice());
    });
    return rows.map((row, b) => {
      const step = this.#kind === 'lsh' ? this.#lsh(b, rotations as Float32Array) : this.#local(b);
      this.#block.context.set(step.context);
      this.#block.complete(this.#maps, row);
      return step;
    });
  }

  #cache(cache: Cache, input: Float32Array): void {
    const width = cache.queries.width;
    const [query, key, value] = [new Float32Array(width), new Float32Array(width), new Float32Array(width)];
    applyLinear(this.#maps.query, input, query);
    applyLinear(this.#maps.value, input, value);
    if (this.#maps.key === undefined) normaliseKeys(query, this.#config.headDim, key);
    else {
      applyLinear(this.#maps.key, input, key);
      scaleKeys(key, this.#config.headDim);
    }
    cache.inputs.add(input);
    cache.queries.add(query);
    cache.keys.add(key);
    cache.values.add(value);
  }

  /** The reference cuts the past with a slice that may begin before it: a negative start counts from the end. */
  #local(b: number): CachedStep {
    const { chunkLength, chunksBefore } = this.#config.local as NonNullable<ResolvedReformerConfig['local']>;
    const past = (this.#caches[b] as Cache).inputs.count - 1;
    const start = (Math.floor(past / chunkLength) - chunksBefore) * chunkLength;
    const first = start < 0 ? Math.max(0, past + start) : start;
    const seen = Array.from({ length: past + 1 - first }, (_, i) => first + i);
    return { context: this.#attend(b, 0, () => seen) };
  }

  #lsh(b: number, rotations: Float32Array): CachedStep {
    const lsh = this.#config.lsh as NonNullable<ResolvedReformerConfig['lsh']>;
    const cache = this.#caches[b] as Cache;
    const newest = cache.inputs.count - 1;
    const hash = new LshHash(lshShape(this.#config), rotations);
    if (cache.buckets === undefined) {
      const seen = Array.from({ length: newest }, (_, t) => t);
      if (newest + 1 >= lsh.chunkLength) cache.buckets = this.#fileAll(cache, hash);
      return { context: this.#attend(b, b, () => seen) };
    }
    this.#fileNewest(cache, hash);
    const windows = cache.buckets.map((ids) => windowOf(ids, lsh));
    // The reference gathers the states of the first sequence of the batch for every sequence.
    const context = this.#attend(b, 0, (head) =>
      windows
        .slice(head * lsh.numHashes, (head + 1) * lsh.numHashes)
        .flatMap((window) => window.filter((t) => t !== newest)),
    );
    return { context, window: Int32Array.from(windows.flat()) };
  }

  /** Attends from the newest token of sequence `b` over the keys of sequence `of`; with nothing to see it gets its own value. */
  #attend(b: number, of: number, list: (head: number) => readonly number[]): Float32Array {
    const { numHeads: heads, headDim } = this.#config;
    const source = this.#caches[this.#kind === 'lsh' ? of : b] as Cache;
    const newest = source.inputs.count - 1;
    const query = (this.#caches[b] as Cache).queries.rows.subarray(newest * heads * headDim);
    const out = new Float32Array(heads * headDim);
    for (let head = 0; head < heads; head++) {
      const seen = list(head);
      const table = headTable(source, head, headDim);
      const attention = new CandidateAttention(Math.max(1, seen.length));
      attention.list.set(seen);
      const own = out.subarray(head * headDim, (head + 1) * headDim);
      if (seen.length > 0) attention.apply(table, 0, seen.length, query.subarray(head * headDim), own);
      else own.set(table.values.subarray(newest * headDim, (newest + 1) * headDim));
    }
    return out;
  }

  #fileAll(cache: Cache, hash: LshHash): number[][] {
    const tables: number[][] = Array.from({ length: hash.shape.heads * hash.shape.rounds }, () => []);
    const filed = new Int32Array(tables.length);
    const width = cache.queries.width;
    for (let t = 0; t < cache.queries.count; t++) {
      hash.file(cache.queries.rows.subarray(t * width, (t + 1) * width), filed);
      for (const [table, ids] of tables.entries()) {
        ids.push((filed[table] as number) + (table % hash.shape.rounds) * hash.numBuckets);
      }
    }
    return tables;
  }

  /** The reference takes ids beyond the last bucket as the sign that a first call had a bucket for padding. */
  #fileNewest(cache: Cache, hash: LshHash): void {
    const tables = cache.buckets as number[][];
    const { rounds } = hash.shape;
    const largest = tables.reduce((most, ids) => ids.reduce((a, id) => Math.max(a, id), most), 0);
    const perRound = hash.numBuckets + (largest > rounds * hash.numBuckets - 1 ? 1 : 0);
    const filed = new Int32Array(tables.length);
    hash.file(cache.queries.rows.subarray((cache.queries.count - 1) * cache.queries.width), filed);
    for (const [table, ids] of tables.entries()) ids.push((filed[table] as number) + (table % rounds) * perRound);
  }
}

/**
 * Positions that the newest of tokens with these ids sees: its chunk of the stably sorted ids and the neighbours, each place
 * taken modulo the number of tokens.
 */
function windowOf(
  ids: readonly number[],
  lsh: { readonly chunkLength: number; readonly chunksBefore: number; readonly chunksAfter: number },
): number[] {
  const sorted = ids.map((_, t) => t).sort((a, b) => (ids[a] as number) - (ids[b] as number) || a - b);
  const chunk = Math.floor(sorted.indexOf(ids.length - 1) / lsh.chunkLength);
  const first = (chunk - lsh.chunksBefore) * lsh.chunkLength;
  const length = (lsh.chunksBefore + 1 + lsh.chunksAfter) * lsh.chunkLength;
  return Array.from({ length }, (_, i) => sorted[(((first + i) % ids.length) + ids.length) % ids.length] as number);
}

/** Keys and values of one head, by position. */
function headTable(cache: Cache, head: number, headDim: number): KeyTable {
  const slots = cache.inputs.count;
  const [keys, values] = [new Float32Array(slots * headDim), new Float32Array(slots * headDim)];
  const { width } = cache.keys;
  for (let t = 0; t < slots; t++) {
    const from = t * width + head * headDim;
    keys.set(cache.keys.rows.subarray(from, from + headDim), t * headDim);
    values.set(cache.values.rows.subarray(from, from + headDim), t * headDim);
  }
  return { headDim, slots, keys, values };
}
