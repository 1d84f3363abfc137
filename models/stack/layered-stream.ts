import {
  type EncoderStats,
  type EncoderStream,
  InputError,
  type PeekOptions,
  requireRows,
  StateError,
} from '../../core/index.ts';
import { requireKinds } from './require-kinds.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import type { StackModel } from './stack-model.ts';
import { flushState, StackPass, StreamWork } from './stack-pass.ts';
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
  readonly model: StackModel;
  #state: StreamState | undefined;

  constructor(model: StackModel) {
    this.model = model;
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
    requireKinds(kinds, requireRows('tokens', tokens, this.model.inputSize), state.position);
    this.#requireRoomForGlobals(kinds, state.position);
    this.model.tokens.embedding.check(tokens, kinds, state);
  }

  push(tokens: Float32Array, kinds?: Uint8Array): Float32Array {
    this.check(tokens, kinds);
    const work = new StreamWork(this.model, this.#open(), { tokens, kinds });
    const pass = new StackPass(this.model);
    while (work.left > 0) {
      pass.begin();
      pass.fill(work);
      pass.run();
    }
    return work.encodings;
  }

  /** What a pass over several streams takes of this one, after {@link check}. */
  work(tokens: Float32Array, kinds?: Uint8Array): StreamWork {
    return new StreamWork(this.model, this.#open(), { tokens, kinds });
  }

  flush(): Float32Array {
    const state = this.#open();
    if (state.ended) return new Float32Array(0);
    const encodings = flushState(this.model, state);
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
    const { readout } = this.model;
    return readout === undefined || sums === undefined ? new Float32Array(0) : readout.read(sums);
  }

  reset(): void {
    const before = this.#open();
    this.#state = new StreamState(this.model);
    before.close();
  }

  snapshot(): Uint8Array {
    return writeSnapshot(this.model, this.#open());
  }

  restore(bytes: Uint8Array): void {
    const before = this.#open();
    this.#state = readSnapshot(this.model, bytes);
    before.close();
  }

  clone(): ReadoutStream {
    const state = this.#open();
    const twin = new LayeredStream(this.model);
    twin.#open().copyFrom(state);
    return twin;
  }

  close(): void {
    this.#state?.close();
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

  #requireRoomForGlobals(kinds: Uint8Array | undefined, position: number): void {
    if (kinds === undefined || this.model.takesGlobals) return;
    const at = kinds.indexOf(2);
    if (at < 0) return;
    throw new InputError(
      'TOKEN_INVALID',
      `Expected token ${position + at} to be masked or local, because this stream has no room for globals (\`globals\` is 0 or not there); tokens that are global both ways need encodeSequence, got kind 2`,
    );
  }
}
