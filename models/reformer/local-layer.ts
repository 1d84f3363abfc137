import { SnapshotError, type SnapshotReader, type SnapshotWriter } from '../../core/index.ts';
import { applyLinear, CandidateAttention } from '../kernels/reference/index.ts';
import type { LayerState, StackLayer } from '../stack/index.ts';
import { type LayerMaps, layerMaps, type ReformerBlock } from './block.ts';
import type { LocalConfig, ResolvedReformerConfig } from './config.ts';
import { RingTable } from './ring-table.ts';
import type { ReformerLayerWeights } from './weights.ts';

const f = Math.fround;

/** What one stream remembers in a local layer: keys and values of the chunks that its tokens see. */
export class LocalState implements LayerState {
  readonly table: RingTable;
  /** Tokens taken in. */
  taken = 0;

  constructor(shape: { readonly heads: number; readonly headDim: number; readonly slots: number }) {
    this.table = new RingTable(shape);
  }

  get byteLength(): number {
    return this.table.byteLength;
  }

  get windowFill(): number {
    return Math.min(this.taken, this.table.slots);
  }

  get pinnedKeys(): number {
    return 0;
  }

  copyFrom(other: this): void {
    this.table.copyFrom(other.table);
    this.taken = other.taken;
  }

  write(writer: SnapshotWriter): void {
    const { rows, masked } = this.table.read(this.taken);
    writer.array(rows);
    writer.array(masked);
  }

  read(reader: SnapshotReader, taken: number): void {
    const kept = Math.min(taken, this.table.slots);
    const rows = reader.float32Array(2 * this.table.heads * kept * this.table.headDim);
    this.taken = taken;
    if (this.table.write(taken, rows, reader.uint8Array(kept))) return;
    throw new SnapshotError('SNAPSHOT_CORRUPT', 'Expected the masks of a layer to be 0 or 1');
  }
}

/**
 * Causal chunked attention on a stream: the token at position t sees its own chunk up to itself and `chunksBefore` chunks
 * before it. At the start there are none, so nothing stands in for them. Cost O(chunks · chunkLength) a token.
 */
export class LocalLayer implements StackLayer {
  readonly delay = 0;
  leavingKind = 1;
  readonly #config: ResolvedReformerConfig;
  readonly #local: Required<LocalConfig>;
  readonly #block: ReformerBlock;
  readonly #maps: LayerMaps;
  readonly #attention: CandidateAttention;
  readonly #query: Float32Array;
  readonly #key: Float32Array;
  readonly #value: Float32Array;

  constructor(config: ResolvedReformerConfig, weights: ReformerLayerWeights, block: ReformerBlock) {
    const width = config.numHeads * config.headDim;
    this.#config = config;
    this.#local = config.local as Required<LocalConfig>;
    this.#block = block;
    this.#maps = layerMaps(config, weights);
    this.#attention = new CandidateAttention((this.#local.chunksBefore + 1) * this.#local.chunkLength);
    this.#query = new Float32Array(width);
    this.#key = new Float32Array(width);
    this.#value = new Float32Array(width);
  }

  open(): LocalState {
    const { numHeads: heads, headDim } = this.#config;
    return new LocalState({ heads, headDim, slots: (this.#local.chunksBefore + 1) * this.#local.chunkLength });
  }

  take(layerState: LayerState, row: Float32Array, kind: number): boolean {
    const state = layerState as LocalState;
    this.#block.begin(this.#maps.weights, row);
    applyLinear(this.#maps.query, this.#block.input, this.#query);
    applyLinear(this.#maps.key as LayerMaps['query'], this.#block.input, this.#key);
    applyLinear(this.#maps.value, this.#block.input, this.#value);
    scaleKeys(this.#key, this.#config.headDim);
    state.table.store(state.taken, this.#key, this.#value, kind === 0 ? 1 : 0);
    if (kind === 0) this.#block.context.fill(0);
    else {
      const count = this.#list(state);
      for (let head = 0; head < this.#config.numHeads; head++) {
        this.#attention.apply(state.table, head, count, this.#query, this.#block.context);
      }
    }
    state.taken += 1;
    this.#block.complete(this.#maps, row);
    this.leavingKind = kind;
    return true;
  }

  drain(): boolean {
    return false;
  }

  /** Lists what the token that was stored last sees, oldest first. */
  #list(state: LocalState): number {
    const { chunkLength, chunksBefore } = this.#local;
    const chunk = Math.floor(state.taken / chunkLength);
    let count = 0;
    for (let j = Math.max(0, (chunk - chunksBefore) * chunkLength); j <= state.taken; j++) {
      const slot = j % state.table.slots;
      if (state.table.masked[slot] === 0) this.#attention.list[count++] = slot;
    }
    return count;
  }
}

/** The scale 1 / √headDim, which local attention puts on the keys. */
export function scaleKeys(key: Float32Array, headDim: number): void {
  const root = f(Math.sqrt(headDim));
  for (let c = 0; c < key.length; c++) key[c] = f((key[c] as number) / root);
}
