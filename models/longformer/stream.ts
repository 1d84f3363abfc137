import {
  type EncoderStats,
  type EncoderStream,
  InputError,
  type PeekOptions,
  requireRows,
  StateError,
} from '../../core/index.ts';
import { applyLayerNorm } from '../kernels/reference/index.ts';
import { type LongformerShared, requireKinds } from './shared.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import { StreamState } from './stream-state.ts';

/** A stream of a Longformer; adds the summaries of `readout` to what every encoder has. */
export interface LongformerStream extends EncoderStream {
  /**
   * The read-out summaries over the outputs given so far, `[queries, hiddenSize]`; an empty array without `readout` in
   * the configuration. After `flush` they cover the whole stream.
   */
  readout(): Float32Array;
  clone(): LongformerStream;
}

/** One stream through a stack of layers, each with its own ring, delay and waiting tokens. */
export class LayeredStream implements LongformerStream {
  readonly #shared: LongformerShared;
  readonly #row: Float32Array;
  /** The residual stream of the token in work, `[hiddenSize]`. */
  readonly #x: Float32Array;
  #state: StreamState | undefined;

  constructor(shared: LongformerShared) {
    this.#shared = shared;
    this.#row = new Float32Array(shared.config.inputSize);
    this.#x = new Float32Array(shared.config.hiddenSize);
    this.#state = new StreamState(shared);
  }

  get position(): number {
    return this.#state?.position ?? 0;
  }

  push(tokens: Float32Array, kinds?: Uint8Array): Float32Array {
    const state = this.#open();
    const { config, embedding } = this.#shared;
    if (state.ended) {
      throw new StateError('STREAM_ENDED', 'Expected a stream that goes on, it was flushed; reset it first');
    }
    const count = requireRows('tokens', tokens, config.inputSize);
    requireKinds(kinds, count, state.position);
    this.#requireRoomForGlobals(kinds, state.position);
    embedding.check(tokens, kinds, state);
    const encodings = new Float32Array(state.leavingAfter(count) * config.hiddenSize);
    let at = 0;
    for (let t = 0; t < count; t++) {
      const kind = kinds === undefined ? 1 : (kinds[t] as number);
      this.#embed(state, tokens, t, kind);
      if (this.#advance(state, 0, kind)) {
        encodings.set(this.#x, at);
        at += config.hiddenSize;
      }
    }
    return encodings;
  }

  flush(): Float32Array {
    const state = this.#open();
    if (state.ended) return new Float32Array(0);
    const { config, weights, step } = this.#shared;
    const encodings = new Float32Array(state.pending * config.hiddenSize);
    let at = 0;
    state.layers.forEach((layer, i) => {
      while (step.drain(weights.layers[i] as (typeof weights.layers)[number], layer, this.#x)) {
        if (this.#advance(state, i + 1, step.leavingKind)) {
          encodings.set(this.#x, at);
          at += config.hiddenSize;
        }
      }
    });
    state.ended = true;
    return encodings;
  }

  peek(tokens: Float32Array, options: PeekOptions = {}): Float32Array {
    const twin = this.clone();
    try {
      const settled = twin.push(tokens, options.kinds);
      if (options.end !== true) return settled;
      const owed = twin.flush();
      const encodings = new Float32Array(settled.length + owed.length);
      encodings.set(settled);
      encodings.set(owed, settled.length);
      return encodings;
    } finally {
      twin.close();
    }
  }

  readout(): Float32Array {
    const { sums } = this.#open();
    const { readout } = this.#shared;
    return readout === undefined || sums === undefined ? new Float32Array(0) : readout.read(sums);
  }

  reset(): void {
    this.#open();
    this.#state = new StreamState(this.#shared);
  }

  snapshot(): Uint8Array {
    return writeSnapshot(this.#shared, this.#open());
  }

  restore(bytes: Uint8Array): void {
    this.#open();
    this.#state = readSnapshot(this.#shared, bytes);
  }

  clone(): LongformerStream {
    const state = this.#open();
    const twin = new LayeredStream(this.#shared);
    twin.#open().copyFrom(state);
    return twin;
  }

  close(): void {
    this.#state = undefined;
  }

  stats(): EncoderStats {
    return this.#open().stats();
  }

  #open(): StreamState {
    if (this.#state === undefined) {
      throw new StateError('STREAM_CLOSED', 'Expected an open encoder stream, it was closed');
    }
    return this.#state;
  }

  /** Row `t` of `tokens` → the residual stream, and the stream's counters move on. */
  #embed(state: StreamState, tokens: Float32Array, t: number, kind: number): void {
    const { embedding } = this.#shared;
    const row = this.#row;
    for (let c = 0; c < row.length; c++) {
      const value = tokens[t * row.length + c] as number;
      row[c] = kind === 0 && !Number.isFinite(value) ? 0 : value;
    }
    embedding.apply(row, embedding.positionRow(row, state.place), embedding.type(row), this.#x);
    state.place += embedding.places(row);
    state.position += 1;
  }

  /** Takes the residual stream of a token through the layers from `first` on; true when an output leaves the stack. */
  #advance(state: StreamState, first: number, kind: number): boolean {
    const { config, weights, step, readout } = this.#shared;
    let leaving = kind;
    for (let i = first; i < state.layers.length; i++) {
      const layer = weights.layers[i] as (typeof weights.layers)[number];
      if (!step.take(layer, state.layers[i] as StreamState['layers'][number], this.#x, leaving)) return false;
      leaving = step.leavingKind;
    }
    if (config.norm === 'pre') applyLayerNorm(weights.outerNorm, this.#x, this.#x);
    if (readout !== undefined && state.sums !== undefined) readout.add(state.sums, this.#x, leaving);
    return true;
  }

  #requireRoomForGlobals(kinds: Uint8Array | undefined, position: number): void {
    if (kinds === undefined || this.#shared.config.globals > 0) return;
    const at = kinds.indexOf(2);
    if (at < 0) return;
    throw new InputError(
      'TOKEN_INVALID',
      `Expected token ${position + at} to be masked or local, because this stream has no room for globals (\`globals\` is 0); tokens that are global both ways need encodeSequence, got kind 2`,
    );
  }
}
