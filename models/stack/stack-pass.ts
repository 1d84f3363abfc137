import type { BatchEntry } from './row-batch.ts';
import type { StackModel } from './stack-model.ts';
import type { StreamState } from './stream-state.ts';

/** Tokens of one stream that are to go through the stack, and the room for what leaves. */
export class StreamWork {
  readonly state: StreamState;
  readonly tokens: Float32Array;
  readonly kinds: Uint8Array | undefined;
  /** `[T', outputSize]`, filled pass by pass. */
  readonly encodings: Float32Array;
  /** Tokens not taken in yet. */
  left: number;
  /** Numbers of {@link encodings} that are filled. */
  filled = 0;

  constructor(
    model: StackModel,
    state: StreamState,
    input: { readonly tokens: Float32Array; readonly kinds: Uint8Array | undefined },
  ) {
    this.state = state;
    this.tokens = input.tokens;
    this.kinds = input.kinds;
    this.left = input.tokens.length / model.inputSize;
    this.encodings = new Float32Array(state.leavingAfter(this.left) * model.outputSize);
  }
}

/** Takes tokens of one or several streams through the stack together, at most as many as a pass has rows. */
export class StackPass {
  readonly #model: StackModel;
  readonly #works: StreamWork[] = [];
  readonly #tokens: { values: Float32Array; first: number } = { values: new Float32Array(0), first: 0 };

  constructor(model: StackModel) {
    this.#model = model;
  }

  /** Rows that are free. */
  get room(): number {
    return this.#model.batch.room;
  }

  begin(): void {
    this.#model.batch.clear();
    this.#works.length = 0;
  }

  /** Takes as many tokens of a stream in as there is room for; once a stream and pass. */
  fill(work: StreamWork): void {
    const { batch, tokens } = this.#model;
    const count = Math.min(work.left, batch.room);
    if (count === 0) return;
    const entry = batch.add(work.state, count);
    const first = work.tokens.length / this.#model.inputSize - work.left;
    for (let i = 0; i < count; i++) {
      batch.kinds[entry.from + i] = work.kinds === undefined ? 1 : (work.kinds[first + i] as number);
    }
    this.#tokens.values = work.tokens;
    this.#tokens.first = first;
    tokens.fill(batch, entry, this.#tokens);
    work.left -= count;
    this.#works.push(work);
  }

  /** Takes the rows through all layers, and gives each stream what leaves for it. */
  run(): void {
    const { batch, tokens } = this.#model;
    if (batch.rowCount === 0) return;
    tokens.embed(batch);
    this.#model.begin(batch.rows, batch.rowCount);
    advance(this.#model, 0);
    this.#works.forEach((work, i) => {
      work.filled = copyOutputs(this.#model, batch.entries[i] as BatchEntry, work.encodings, work.filled);
    });
    batch.clear();
  }
}

/** What `flush` owes a stream: every layer runs dry, the lowest first. */
export function flushState(model: StackModel, state: StreamState): Float32Array {
  const { batch, layers } = model;
  const encodings = new Float32Array(state.pending * model.outputSize);
  let filled = 0;
  for (let i = 0; i < layers.length; i++) {
    for (;;) {
      batch.clear();
      const entry = batch.add(state, 0);
      if (layers[i]?.drain(batch, i) !== true) break;
      advance(model, i + 1);
      filled = copyOutputs(model, entry, encodings, filled);
    }
  }
  batch.clear();
  return encodings;
}

/** Takes the batch through the layers from `first` on, the norm at the end and the read-out. */
function advance(model: StackModel, first: number): void {
  const { batch, layers, readout } = model;
  for (let i = first; i < layers.length && batch.rowCount > 0; i++) layers[i]?.take(batch, i);
  if (batch.rowCount === 0) return;
  model.finish(batch.rows, batch.rowCount);
  if (readout === undefined) return;
  readout.prepare(batch.rows, batch.rowCount);
  for (let i = 0; i < batch.size; i++) {
    const entry = batch.entries[i] as BatchEntry;
    if (entry.state.sums !== undefined) readout.add(entry.state.sums, entry, batch.kinds);
  }
}

/** Copies the outputs of an entry to `encodings` from `at` on; returns where the next ones go. */
function copyOutputs(model: StackModel, entry: BatchEntry, encodings: Float32Array, at: number): number {
  const { rows } = model.batch;
  const { data } = rows;
  let to = at;
  for (let row = entry.from; row < entry.from + entry.count; row++) {
    const from = rows.offset + row * rows.stride;
    for (let c = 0; c < model.outputSize; c++) encodings[to + c] = data[from + c] as number;
    to += model.outputSize;
  }
  return to;
}
