import {
  type EncoderStats,
  type EncoderStream,
  InputError,
  type PeekOptions,
  requireRows,
  StateError,
} from '../../core/index.ts';
import type { LayerState, StackLayer } from './layer.ts';
import { requireKinds } from './require-kinds.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import type { StackModel } from './stack-model.ts';
import { StreamState } from './stream-state.ts';

/** A stream that adds the summaries of a read-out to what every encoder has. */
export interface ReadoutStream extends EncoderStream {
  /**
   * The read-out summaries over the outputs given so far, `[queries, hiddenSize]`; an empty array without `readout` in
   * the configuration. After `flush` they cover the whole stream.
   */
  readout(): Float32Array;
  clone(): ReadoutStream;
}

/** One stream through a stack of layers, each with its own state and delay. */
export class LayeredStream implements ReadoutStream {
  readonly #model: StackModel;
  readonly #token: Float32Array;
  /** The row of the token in work, `[rowSize]`. */
  readonly #row: Float32Array;
  #state: StreamState | undefined;

  constructor(model: StackModel) {
    this.#model = model;
    this.#token = new Float32Array(model.inputSize);
    this.#row = new Float32Array(model.rowSize);
    this.#state = new StreamState(model);
  }

  get position(): number {
    return this.#state?.position ?? 0;
  }

  /**
   * Checks what `push` would take, and changes nothing.
   * @throws as {@link push}
   */
  check(tokens: Float32Array, kinds?: Uint8Array): void {
    const state = this.#open();
    if (state.ended) {
      throw new StateError('STREAM_ENDED', 'Expected a stream that goes on, it was flushed; reset it first');
    }
    requireKinds(kinds, requireRows('tokens', tokens, this.#model.inputSize), state.position);
    this.#requireRoomForGlobals(kinds, state.position);
    this.#model.embedding.check(tokens, kinds, state);
  }

  push(tokens: Float32Array, kinds?: Uint8Array): Float32Array {
    this.check(tokens, kinds);
    const state = this.#open();
    const { inputSize, outputSize } = this.#model;
    const count = tokens.length / inputSize;
    const encodings = new Float32Array(state.leavingAfter(count) * outputSize);
    let at = 0;
    for (let t = 0; t < count; t++) {
      const kind = kinds === undefined ? 1 : (kinds[t] as number);
      this.#embed(state, tokens, t, kind);
      if (this.#advance(state, 0, kind)) {
        encodings.set(this.#row, at);
        at += outputSize;
      }
    }
    return encodings;
  }

  flush(): Float32Array {
    const state = this.#open();
    if (state.ended) return new Float32Array(0);
    const { layers, outputSize } = this.#model;
    const encodings = new Float32Array(state.pending * outputSize);
    let at = 0;
    layers.forEach((layer, i) => {
      while (layer.drain(state.layers[i] as LayerState, this.#row)) {
        if (this.#advance(state, i + 1, layer.leavingKind)) {
          encodings.set(this.#row, at);
          at += outputSize;
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
    const { readout } = this.#model;
    return readout === undefined || sums === undefined ? new Float32Array(0) : readout.read(sums);
  }

  reset(): void {
    this.#open();
    this.#state = new StreamState(this.#model);
  }

  snapshot(): Uint8Array {
    return writeSnapshot(this.#model, this.#open());
  }

  restore(bytes: Uint8Array): void {
    this.#open();
    this.#state = readSnapshot(this.#model, bytes);
  }

  clone(): ReadoutStream {
    const state = this.#open();
    const twin = new LayeredStream(this.#model);
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

  /** Row `t` of `tokens` → the row of the first layer, and the stream's counters move on. */
  #embed(state: StreamState, tokens: Float32Array, t: number, kind: number): void {
    const { embedding } = this.#model;
    const token = this.#token;
    for (let c = 0; c < token.length; c++) {
      const value = tokens[t * token.length + c] as number;
      token[c] = kind === 0 && !Number.isFinite(value) ? 0 : value;
    }
    embedding.apply(token, embedding.positionRow(token, state.place), embedding.type(token), this.#row);
    this.#model.begin(this.#row);
    state.place += embedding.places(token);
    state.position += 1;
  }

  /** Takes the row of a token through the layers from `first` on; true when an output leaves the stack. */
  #advance(state: StreamState, first: number, kind: number): boolean {
    const { layers, readout } = this.#model;
    let leaving = kind;
    for (let i = first; i < layers.length; i++) {
      const layer = layers[i] as StackLayer;
      if (!layer.take(state.layers[i] as LayerState, this.#row, leaving)) return false;
      leaving = layer.leavingKind;
    }
    this.#model.finish(this.#row);
    if (readout !== undefined && state.sums !== undefined) readout.add(state.sums, this.#row, leaving);
    return true;
  }

  #requireRoomForGlobals(kinds: Uint8Array | undefined, position: number): void {
    if (kinds === undefined || this.#model.takesGlobals) return;
    const at = kinds.indexOf(2);
    if (at < 0) return;
    throw new InputError(
      'TOKEN_INVALID',
      `Expected token ${position + at} to be masked or local, because this stream has no room for globals (\`globals\` is 0 or not there); tokens that are global both ways need encodeSequence, got kind 2`,
    );
  }
}
