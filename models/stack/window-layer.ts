import type { Engine, Rows, WindowCacheShape } from '../kernels/index.ts';
import type { StackLayer } from './layer.ts';
import type { BatchEntry, RowBatch } from './row-batch.ts';
import { type WaitingRows, WindowState, type WindowStateShape } from './window-state.ts';

/** Scratch rows `[heads * headDim]` that the window layers of a stack share. */
export interface WindowRows {
  readonly query: Rows;
  readonly key: Rows;
  readonly value: Rows;
  /** The heads' output, before the output projection. */
  readonly context: Rows;
}

/**
 * A layer whose attention is a sliding window; what comes before and after the attention is the family's. Cost
 * O(window + parameters) a token, nothing allocated.
 */
export abstract class WindowLayer implements StackLayer {
  readonly delay: number;
  protected readonly scratch: WindowRows;
  readonly #engine: Engine;
  readonly #shape: WindowStateShape;
  readonly #stored: { from: number; count: number; kinds: Uint8Array } = {
    from: 0,
    count: 0,
    kinds: new Uint8Array(0),
  };
  #parts: WaitingRows | undefined;
  readonly #queries = { from: 0, count: 0, position: 0 };

  constructor(engine: Engine, shape: WindowCacheShape & { readonly rowSize: number }, scratch: WindowRows) {
    this.#engine = engine;
    this.#shape = { ...shape, passRows: engine.passRows };
    this.scratch = scratch;
    this.delay = shape.lookAhead * Math.max(...shape.dilation);
  }

  open(): WindowState {
    return new WindowState(this.#engine.openWindow(this.#shape), this.#shape);
  }

  take(batch: RowBatch, layer: number): void {
    this.project(batch, layer);
    // Nobody sees a masked token, also where its numbers left their range: 0 times infinity would be seen.
    clearMasked(this.scratch.key, batch);
    clearMasked(this.scratch.value, batch);
    for (let i = 0; i < batch.size; i++) this.#store(batch, batch.entries[i] as BatchEntry, layer);
    if (this.delay > 0) this.#exchange(batch, layer);
    this.#finish(batch, layer);
  }

  drain(batch: RowBatch, layer: number): boolean {
    const entry = batch.entries[0] as BatchEntry;
    const state = entry.state.layers[layer] as WindowState;
    const count = Math.min(state.waitingCount, batch.capacity);
    if (count === 0) return false;
    entry.from = 0;
    entry.count = count;
    batch.rowCount = count;
    state.recall(this.#partsOf(batch), entry);
    this.#finish(batch, layer);
    return true;
  }

  /** Writes the scaled queries, keys and values of the rows of `batch` to the scratch. */
  protected abstract project(batch: RowBatch, layer: number): void;

  /** Takes the rows of `batch` through the rest of the layer, from the context in the scratch. */
  protected abstract complete(batch: RowBatch): void;

  #store(batch: RowBatch, entry: BatchEntry, layer: number): void {
    const stored = this.#stored;
    stored.from = entry.from;
    stored.count = entry.count;
    stored.kinds = batch.kinds;
    const { cache } = entry.state.layers[layer] as WindowState;
    cache.store(this.scratch.key, this.scratch.value, stored);
  }

  /** Lays the rows that came aside, and brings those back that leave, one stream behind the other. */
  #exchange(batch: RowBatch, layer: number): void {
    const parts = this.#partsOf(batch);
    let to = 0;
    for (let i = 0; i < batch.size; i++) {
      const entry = batch.entries[i] as BatchEntry;
      const state = entry.state.layers[layer] as WindowState;
      state.wait(parts, entry);
      entry.from = to;
      entry.count = Math.max(0, state.waitingCount - this.delay);
      state.recall(parts, entry);
      to += entry.count;
    }
    batch.rowCount = to;
  }

  /** What waits of the rows of a batch; a stack has one batch, so this is made once. */
  #partsOf({ rows, kinds }: RowBatch): WaitingRows {
    if (this.#parts?.rows !== rows) this.#parts = { rows, query: this.scratch.query, kinds };
    return this.#parts;
  }

  /** Attention and the rest for the tokens that leave; their queries are in the scratch. */
  #finish(batch: RowBatch, layer: number): void {
    const { query, context } = this.scratch;
    const queries = this.#queries;
    for (let i = 0; i < batch.size; i++) {
      const { from, count, state: stream } = batch.entries[i] as BatchEntry;
      if (count === 0) continue;
      const state = stream.layers[layer] as WindowState;
      queries.from = from;
      queries.count = count;
      queries.position = state.next;
      state.cache.attend(query, context, queries);
      state.next += count;
    }
    clearMasked(context, batch);
    if (batch.rowCount > 0) this.complete(batch);
  }
}

/** Puts zeros into the rows of masked tokens: their attention is zero, and so are their keys. */
export function clearMasked(context: Rows, batch: RowBatch): void {
  const { data, stride, offset, width } = context;
  for (let row = 0; row < batch.rowCount; row++) {
    if (batch.kinds[row] === 0) data.fill(0, offset + row * stride, offset + row * stride + width);
  }
}
