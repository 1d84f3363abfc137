import { SnapshotError, type SnapshotReader, type SnapshotWriter } from '../../core/index.ts';
import type { CandidateLists, Engine } from '../kernels/index.ts';
import { type BatchEntry, clearMasked, type LayerState, type RowBatch, type StackLayer } from '../stack/index.ts';
import { layerMaps } from './block.ts';
import type { LocalConfig, ResolvedReformerConfig } from './config.ts';
import { MaskedTable, type StoredTokens } from './masked-table.ts';
import { type ReformerMaps, type ReformerStreamBlock, reformerMaps } from './stream-block.ts';
import type { ReformerLayerWeights } from './weights.ts';

const f = Math.fround;

/** What one stream remembers in a local layer: keys and values of the chunks that its tokens see. */
export class LocalState implements LayerState {
  readonly table: MaskedTable;
  /** Tokens taken in. */
  taken = 0;

  constructor(engine: Engine, shape: { readonly heads: number; readonly headDim: number; readonly span: number }) {
    this.table = new MaskedTable(engine, shape);
  }

  get byteLength(): number {
    return this.table.byteLength;
  }

  get windowFill(): number {
    return Math.min(this.taken, this.table.span);
  }

  get pinnedKeys(): number {
    return 0;
  }

  copyFrom(other: this): void {
    this.table.copyFrom(other.table);
    this.taken = other.taken;
  }

  write(writer: SnapshotWriter): void {
    this.table.write(writer, this.taken);
  }

  read(reader: SnapshotReader, taken: number): void {
    this.taken = taken;
    if (this.table.read(reader, taken)) return;
    throw new SnapshotError('SNAPSHOT_CORRUPT', 'Expected the masks of a layer to be 0 or 1');
  }

  close(): void {
    this.table.close();
  }
}

/**
 * Causal chunked attention on a stream: the token at position t sees its own chunk up to itself and `chunksBefore` chunks
 * before it. At the start there are none, so nothing stands in for them. Cost O(chunks · chunkLength) a token.
 */
export class LocalLayer implements StackLayer {
  readonly delay = 0;
  readonly #engine: Engine;
  readonly #config: ResolvedReformerConfig;
  readonly #local: Required<LocalConfig>;
  readonly #block: ReformerStreamBlock;
  readonly #maps: ReformerMaps;
  readonly #candidates: CandidateLists;
  readonly #root: number;
  readonly #stored: StoredTokens = { from: 0, count: 0, position: 0, kinds: new Uint8Array(0) };
  readonly #queries: { from: number; count: number; readonly candidates: CandidateLists };

  constructor(
    engine: Engine,
    config: ResolvedReformerConfig,
    parts: { readonly weights: ReformerLayerWeights; readonly block: ReformerStreamBlock },
  ) {
    this.#engine = engine;
    this.#config = config;
    this.#local = config.local as Required<LocalConfig>;
    this.#block = parts.block;
    this.#maps = reformerMaps(engine, layerMaps(config, parts.weights));
    this.#candidates = engine.candidateLists(1, this.#span);
    this.#root = f(Math.sqrt(config.headDim));
    this.#queries = { from: 0, count: 0, candidates: this.#candidates };
  }

  open(): LocalState {
    const { numHeads: heads, headDim } = this.#config;
    return new LocalState(this.#engine, { heads, headDim, span: this.#span });
  }

  take(batch: RowBatch, layer: number): void {
    const { rowCount } = batch;
    const block = this.#block;
    block.begin(this.#maps, batch);
    this.#maps.query.apply(block.input, block.query, rowCount);
    this.#maps.key?.apply(block.input, block.key, rowCount);
    this.#maps.value.apply(block.input, block.value, rowCount);
    this.#engine.divide(block.key, this.#root, rowCount);
    for (let i = 0; i < batch.size; i++) this.#takeStream(batch, batch.entries[i] as BatchEntry, layer);
    clearMasked(block.context, batch);
    block.complete(this.#maps, batch);
  }

  drain(): boolean {
    return false;
  }

  /** Tokens that one can see, itself included. */
  get #span(): number {
    return (this.#local.chunksBefore + 1) * this.#local.chunkLength;
  }

  #takeStream(batch: RowBatch, { from, count, state: stream }: BatchEntry, layer: number): void {
    const state = stream.layers[layer] as LocalState;
    const stored = this.#stored;
    stored.from = from;
    stored.count = count;
    stored.position = state.taken;
    stored.kinds = batch.kinds;
    state.table.store(this.#block.key, this.#block.value, stored);
    for (let row = from; row < from + count; row++) {
      this.#candidates.counts[row] = batch.kinds[row] === 0 ? 0 : this.#list(state, row);
      state.taken += 1;
    }
    this.#queries.from = from;
    this.#queries.count = count;
    state.table.keys.attend(this.#block.query, this.#block.context, this.#queries);
  }

  /** Lists what the next token of a stream sees, oldest first, itself last. */
  #list(state: LocalState, row: number): number {
    const { chunkLength, chunksBefore } = this.#local;
    const { slots, masked } = state.table;
    const list = this.#candidates.slots;
    const start = this.#candidates.offset + row * this.#candidates.capacity;
    const chunk = Math.floor(state.taken / chunkLength);
    let end = start;
    for (let j = Math.max(0, (chunk - chunksBefore) * chunkLength); j <= state.taken; j++) {
      const slot = j % slots;
      if (masked[slot] === 0) list[end++] = slot;
    }
    return end - start;
  }
}

/** The scale 1 / √headDim, which local attention puts on the keys. */
export function scaleKeys(key: Float32Array, headDim: number): void {
  const root = f(Math.sqrt(headDim));
  for (let c = 0; c < key.length; c++) key[c] = f((key[c] as number) / root);
}
