import {
  type EncoderStats,
  type EncoderStream,
  InputError,
  OverflowError,
  type PeekOptions,
  requireRows,
  SnapshotError,
  SnapshotReader,
  SnapshotWriter,
  StateError,
} from '../../core/index.ts';
import { requireKinds, type TokenEmbedding } from '../stack/index.ts';
import type { ReformerSequence } from './sequence.ts';

/** What a buffered stream needs of its encoder. */
export interface BufferedModel {
  readonly modelHash: string;
  readonly inputSize: number;
  readonly embedding: TokenEmbedding;
  /** Tokens that a stream may hold. */
  readonly maxTokens: number;
  encode(sequence: ReformerSequence): Float32Array;
}

const KIND = 'reformer-buffer';
const VERSION = 1;

/**
 * A stream for models that need the whole sequence: it holds what is pushed and gives everything on `flush`. Memory grows
 * with the stream, up to `maxTokens`.
 */
export class BufferedStream implements EncoderStream {
  readonly model: BufferedModel;
  #tokens: Float32Array | undefined;
  #kinds: Uint8Array;
  #ended = false;
  #position = 0;

  constructor(model: BufferedModel) {
    this.model = model;
    this.#tokens = new Float32Array(0);
    this.#kinds = new Uint8Array(0);
  }

  get position(): number {
    return this.#position;
  }

  check(tokens: Float32Array, kinds?: Uint8Array): void {
    this.#open();
    const { inputSize, maxTokens, embedding } = this.model;
    if (this.#ended) {
      throw new StateError('STREAM_ENDED', 'Expected a stream that goes on, it was flushed; reset it first');
    }
    const count = requireRows('tokens', tokens, inputSize);
    requireKinds(kinds, count, this.#position);
    const global = kinds?.indexOf(2) ?? -1;
    if (global >= 0) {
      throw new InputError(
        'TOKEN_INVALID',
        `Expected token ${this.#position + global} to be masked or local, because a Reformer has no globals, got kind 2`,
      );
    }
    embedding.check(tokens, kinds, { position: this.#position, place: this.#position });
    if (this.#position + count > maxTokens) {
      throw new OverflowError(
        'BUFFER_OVERFLOW',
        `Expected at most ${maxTokens} tokens, because the rule offline holds the whole stream, got ${this.#position + count}`,
      );
    }
  }

  push(tokens: Float32Array, kinds?: Uint8Array): Float32Array {
    this.check(tokens, kinds);
    const held = this.#open();
    const count = tokens.length / this.model.inputSize;
    const end = this.#position + count;
    const room = grown(held, held.length, end * this.model.inputSize);
    room.set(tokens, this.#position * this.model.inputSize);
    this.#tokens = room;
    if (end > this.#kinds.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#kinds.length));
      larger.set(this.#kinds);
      this.#kinds = larger;
    }
    if (kinds === undefined) this.#kinds.fill(1, this.#position, end);
    else this.#kinds.set(kinds, this.#position);
    this.#position = end;
    return new Float32Array(0);
  }

  flush(): Float32Array {
    const held = this.#open();
    if (this.#ended) return new Float32Array(0);
    const tokens = held.subarray(0, this.#position * this.model.inputSize);
    const encodings = this.model.encode({ tokens, kinds: this.#kinds.subarray(0, this.#position) });
    this.#ended = true;
    this.#tokens = new Float32Array(0);
    this.#kinds = new Uint8Array(0);
    return encodings;
  }

  peek(tokens: Float32Array, options: PeekOptions = {}): Float32Array {
    const twin = this.clone();
    twin.push(tokens, options.kinds);
    return options.end === true ? twin.flush() : new Float32Array(0);
  }

  reset(): void {
    this.#open();
    this.#tokens = new Float32Array(0);
    this.#kinds = new Uint8Array(0);
    this.#ended = false;
    this.#position = 0;
  }

  snapshot(): Uint8Array {
    const held = this.#open();
    const writer = new SnapshotWriter({ kind: KIND, version: VERSION, modelHash: this.model.modelHash });
    const kept = this.#ended ? 0 : this.#position;
    writer.float64(this.#position);
    writer.uint32(this.#ended ? 1 : 0);
    writer.array(held.slice(0, kept * this.model.inputSize));
    writer.array(this.#kinds.slice(0, kept));
    return writer.finish();
  }

  restore(bytes: Uint8Array): void {
    this.#open();
    const reader = new SnapshotReader(bytes, { kind: KIND, version: VERSION, modelHash: this.model.modelHash });
    const position = reader.float64();
    const ended = reader.uint32();
    const isKnown = Number.isInteger(position) && position >= 0 && position <= this.model.maxTokens && ended <= 1;
    if (!isKnown) {
      throw new SnapshotError(
        'SNAPSHOT_CORRUPT',
        `Expected \`position\` of the snapshot to be in 0..${this.model.maxTokens}, got ${position}`,
      );
    }
    const kept = ended === 1 ? 0 : position;
    const tokens = reader.float32Array(kept * this.model.inputSize);
    const kinds = reader.uint8Array(kept);
    reader.finish();
    if (kinds.some((kind) => kind > 1)) {
      throw new SnapshotError('SNAPSHOT_CORRUPT', 'Expected the kinds of the snapshot to be 0 or 1');
    }
    try {
      this.model.embedding.check(tokens, kinds, { position: 0, place: 0 });
    } catch (cause) {
      throw new SnapshotError(
        'SNAPSHOT_CORRUPT',
        'Expected the tokens of the snapshot to be some that a stream takes',
        {
          cause,
        },
      );
    }
    this.#tokens = tokens;
    this.#kinds = kinds;
    this.#position = position;
    this.#ended = ended === 1;
  }

  clone(): BufferedStream {
    const held = this.#open();
    const twin = new BufferedStream(this.model);
    twin.#tokens = held.slice();
    twin.#kinds = this.#kinds.slice();
    twin.#position = this.#position;
    twin.#ended = this.#ended;
    return twin;
  }

  close(): void {
    this.#tokens = undefined;
  }

  stats(): EncoderStats {
    const held = this.#open();
    return {
      position: this.#position,
      cacheBytes: held.byteLength + this.#kinds.byteLength,
      windowFill: [],
      pinnedKeys: [],
      pendingTokens: this.#ended ? 0 : this.#position,
    };
  }

  #open(): Float32Array {
    if (this.#tokens === undefined) {
      throw new StateError('STREAM_CLOSED', 'Expected an open encoder stream, it was closed');
    }
    return this.#tokens;
  }
}

/** `held` with room for `length` numbers, doubled when it has to grow. */
function grown(held: Float32Array, used: number, length: number): Float32Array {
  if (length <= held.length) return held;
  const larger = new Float32Array(Math.max(length, 2 * held.length));
  larger.set(held.subarray(0, used));
  return larger;
}
