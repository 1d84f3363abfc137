import type { AnomalyHead, EncoderStream, StreamEncoder } from '../../core/index.ts';
import { createAnomalyHead, createLongformer, createNoveltyHead, type NoveltyHead } from '../../models/index.ts';
import { LogMelStream, StreamingScale } from '../../operators/index.ts';
import type { EncoderSpec, FrontSpec, ModelOutput, ModelSpec, ModelStats } from './model-spec.ts';

/** Front, encoder and head of one stream, joined. Runs wherever it is made: in a worker, or in a test on the main thread. */
export interface StreamModel {
  /** `samples`: audio `[T]`, or rows `[T, channels]`. */
  push(samples: Float32Array | Float64Array): ModelOutput;
  /** What is still owed at the end of the stream. */
  flush(): ModelOutput;
  stats(): ModelStats;
  close(): void;
}

/** Encoders by specification, so that the streams of one worker share weights. */
export class EncoderCache {
  readonly #encoders = new Map<string, StreamEncoder>();

  get(spec: EncoderSpec): StreamEncoder {
    const key = JSON.stringify(spec);
    let encoder = this.#encoders.get(key);
    if (encoder === undefined) {
      encoder = createLongformer(spec.longformer, { seed: spec.seed });
      this.#encoders.set(key, encoder);
    }
    return encoder;
  }
}

/**
 * Builds the model of a stream.
 * @throws ConfigError when the specification is out of range
 */
export function openStreamModel(spec: ModelSpec, encoders: EncoderCache): StreamModel {
  if (spec.kind === 'anomaly') return new AnomalyModel(spec, encoders);
  return new TokenModel(spec, encoders);
}

/** Rows straight into the anomaly head, which may encode them as features. */
class AnomalyModel implements StreamModel {
  readonly #head: AnomalyHead;

  constructor(spec: ModelSpec & { kind: 'anomaly' }, encoders: EncoderCache) {
    const { encoder, head } = spec;
    this.#head = createAnomalyHead(encoder === undefined ? head : { ...head, encoder: encoders.get(encoder) });
  }

  push(samples: Float32Array | Float64Array): ModelOutput {
    const startRow = this.#head.position;
    const rows = samples instanceof Float64Array ? samples : Float64Array.from(samples);
    return { kind: 'anomaly', startRow, threshold: this.#head.threshold, ...this.#head.push(rows) };
  }

  flush(): ModelOutput {
    return this.push(new Float64Array(0));
  }

  stats(): ModelStats {
    return { tokens: this.#head.position, cacheBytes: this.#head.stateBytes, busyMs: 0 };
  }

  close(): void {
    this.#head.reset();
  }
}

/** Samples → tokens → encoding, as they are or judged by their novelty. */
class TokenModel implements StreamModel {
  readonly #front: TokenFront;
  readonly #encoder: EncoderStream;
  readonly #width: number;
  readonly #novelty: NoveltyHead | undefined;

  constructor(spec: ModelSpec & { kind: 'embedding' | 'scene' }, encoders: EncoderCache) {
    this.#front = openFront(spec.front);
    const encoder = encoders.get(spec.encoder);
    this.#width = encoder.outputSize;
    this.#encoder = encoder.open();
    if (spec.kind === 'scene') {
      const { threshold } = spec;
      this.#novelty = createNoveltyHead({ width: this.#width, ...(threshold === undefined ? {} : { threshold }) });
    }
  }

  push(samples: Float32Array | Float64Array): ModelOutput {
    return this.#judge(this.#front.push(samples));
  }

  flush(): ModelOutput {
    return this.#judge(this.#front.flush());
  }

  stats(): ModelStats {
    const { position, cacheBytes } = this.#encoder.stats();
    return { tokens: position, cacheBytes: cacheBytes + (this.#novelty?.stateBytes ?? 0), busyMs: 0 };
  }

  close(): void {
    this.#encoder.close();
  }

  #judge(tokens: Float32Array): ModelOutput {
    const startToken = this.#encoder.position;
    const rows = this.#encoder.push(tokens);
    if (this.#novelty === undefined) return { kind: 'embedding', startToken, width: this.#width, rows };
    return { kind: 'scene', startToken, threshold: this.#novelty.threshold, scores: this.#novelty.push(rows) };
  }
}

interface TokenFront {
  push(samples: Float32Array | Float64Array): Float32Array;
  flush(): Float32Array;
}

function openFront(spec: FrontSpec): TokenFront {
  if (spec.kind === 'logMel') {
    const logMel = new LogMelStream({ sampleRateHz: spec.sampleRateHz });
    return {
      push: (samples) => logMel.push(samples instanceof Float32Array ? samples : Float32Array.from(samples)),
      flush: () => new Float32Array(0),
    };
  }
  const scale = new StreamingScale({ channels: spec.channels, warmupRows: spec.warmupRows });
  return {
    push: (samples) => scale.push(samples instanceof Float64Array ? samples : Float64Array.from(samples)),
    flush: () => scale.flush(),
  };
}
