import {
  type EncoderStats,
  type EncoderStream,
  InputError,
  requireRows,
  SnapshotReader,
  SnapshotWriter,
  StateError,
} from '../../core/index.ts';
import { KeyValueCache } from '../kernels/reference/index.ts';
import type { ResolvedLongformerConfig } from './config.ts';
import type { LongformerStep } from './step.ts';

const SNAPSHOT_VERSION = 1;

/** What the streams of one encoder share. */
export interface LongformerShared {
  readonly config: ResolvedLongformerConfig;
  readonly step: LongformerStep;
  readonly modelHash: string;
}

/** One stream through a causal Longformer: a ring of keys and values per layer, and a position. */
export class LongformerStream implements EncoderStream {
  readonly #shared: LongformerShared;
  readonly #token: Float32Array;
  #caches: readonly KeyValueCache[] | undefined;
  #position = 0;

  constructor(shared: LongformerShared) {
    this.#shared = shared;
    this.#token = new Float32Array(shared.config.inputSize);
    this.#caches = openCaches(shared.config);
  }

  get position(): number {
    return this.#position;
  }

  push(tokens: Float32Array): Float32Array {
    const caches = this.#open();
    const { config, step } = this.#shared;
    const count = requireRows('tokens', tokens, config.inputSize);
    requireFiniteTokens(tokens, config.inputSize, this.#position);
    const encodings = new Float32Array(count * config.hiddenSize);
    for (let t = 0; t < count; t++) {
      for (let c = 0; c < config.inputSize; c++) this.#token[c] = tokens[t * config.inputSize + c] as number;
      encodings.set(step.run(this.#token, this.#position, caches), t * config.hiddenSize);
      this.#position += 1;
    }
    return encodings;
  }

  flush(): Float32Array {
    this.#open();
    return new Float32Array(0);
  }

  peek(tokens: Float32Array): Float32Array {
    const twin = this.clone();
    try {
      return twin.push(tokens);
    } finally {
      twin.close();
    }
  }

  reset(): void {
    this.#open();
    this.#caches = openCaches(this.#shared.config);
    this.#position = 0;
  }

  snapshot(): Uint8Array {
    const caches = this.#open();
    const writer = new SnapshotWriter(this.#identity());
    writer.float64(this.#position);
    for (const cache of caches) writer.array(cache.read(firstKept(cache, this.#position), this.#position));
    return writer.finish();
  }

  restore(bytes: Uint8Array): void {
    this.#open();
    const reader = new SnapshotReader(bytes, this.#identity());
    const position = reader.float64();
    const caches = openCaches(this.#shared.config);
    for (const cache of caches) {
      const first = firstKept(cache, position);
      const rows = reader.float32Array(2 * cache.heads * (position - first) * cache.headDim);
      cache.write(first, position, rows);
    }
    reader.finish();
    this.#caches = caches;
    this.#position = position;
  }

  clone(): EncoderStream {
    const caches = this.#open();
    const twin = new LongformerStream(this.#shared);
    twin.#open().forEach((cache, layer) => {
      cache.copyFrom(caches[layer] as KeyValueCache);
    });
    twin.#position = this.#position;
    return twin;
  }

  close(): void {
    this.#caches = undefined;
  }

  stats(): EncoderStats {
    const caches = this.#open();
    return {
      position: this.#position,
      cacheBytes: caches.reduce((sum, cache) => sum + cache.keys.byteLength + cache.values.byteLength, 0),
      windowFill: caches.map((cache) => Math.min(this.#position, cache.window)),
    };
  }

  #open(): readonly KeyValueCache[] {
    if (this.#caches === undefined)
      throw new StateError('STREAM_CLOSED', 'Expected an open encoder stream, it was closed');
    return this.#caches;
  }

  #identity(): { kind: string; version: number; modelHash: string } {
    return { kind: 'longformer', version: SNAPSHOT_VERSION, modelHash: this.#shared.modelHash };
  }
}

/** The oldest position that the next token still sees. */
function firstKept(cache: KeyValueCache, position: number): number {
  return Math.max(0, position - cache.window + 1);
}

function openCaches(config: ResolvedLongformerConfig): readonly KeyValueCache[] {
  return config.window.map((window) => new KeyValueCache({ heads: config.numHeads, headDim: config.headDim, window }));
}

function requireFiniteTokens(tokens: Float32Array, width: number, position: number): void {
  for (let i = 0; i < tokens.length; i++) {
    if (!Number.isFinite(tokens[i])) {
      const token = position + Math.floor(i / width);
      throw new InputError(
        'VALUE_NOT_FINITE',
        `Expected channel ${i % width} of token ${token} to be finite, got ${tokens[i]}`,
      );
    }
  }
}
