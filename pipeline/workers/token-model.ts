import { ConfigError, type EncoderStream } from '../../core/index.ts';
import { createNoveltyHead, type NoveltyHead } from '../../models/index.ts';
import type { Encoder } from './encoder-cache.ts';
import { type ModelSnapshot, requirePart } from './model-snapshot.ts';
import type { FrontSpec, ModelOutput, ModelSpec, ModelStats } from './model-spec.ts';
import { fromPosted, toPosted } from './posted-error.ts';
import type { StreamModel } from './stream-model.ts';
import { frontWidth, openFront, requireWholeIds, type TokenFront } from './token-front.ts';

/** Samples → tokens → encoding, as they are or judged by their novelty. With look-ahead the rows come that much later. */
export class TokenModel implements StreamModel {
  readonly #front: TokenFront;
  readonly #encoder: EncoderStream;
  readonly #inputSize: number;
  readonly #width: number;
  readonly #ids: boolean;
  /** The encoder keeps its whole stream until the end. */
  readonly #holdsAll: boolean;
  readonly #novelty: NoveltyHead | undefined;
  /** Rows given out, which is the token of the next one. */
  #given = 0;
  #refusal: unknown;

  /**
   * @throws ConfigError `CONFIG_INVALID` when the tokens of the front are no input of the encoder, or it gives nothing
   *   before the end and that is not allowed
   */
  constructor(spec: ModelSpec & { kind: 'embedding' | 'scene' }, encoder: Encoder) {
    requireFit(spec.front, encoder);
    if (spec.kind === 'scene' || spec.untilEnd !== 'allow') requireProgress(encoder);
    this.#front = openFront(spec.front);
    this.#inputSize = encoder.inputSize;
    this.#width = encoder.outputSize;
    this.#ids = encoder.config.input === 'ids';
    this.#holdsAll = encoder.latencyTokens === Number.POSITIVE_INFINITY;
    if (spec.kind === 'scene') {
      const { threshold } = spec;
      this.#novelty = createNoveltyHead({ width: this.#width, ...(threshold === undefined ? {} : { threshold }) });
    }
    this.#encoder = encoder.open();
  }

  get refusal(): unknown {
    return this.#refusal;
  }

  push(samples: Float32Array | Float64Array): ModelOutput {
    if (this.#refusal !== undefined) throw this.#refusal;
    if (this.#ids) requireWholeIds(samples, this.#encoder.position, this.#inputSize);
    return this.#judge(this.#encode(this.#front.push(samples)));
  }

  flush(): ModelOutput {
    const held = this.#refusal === undefined ? this.#front.flush() : new Float32Array(0);
    // An encoder that was flushed takes nothing more, not even nothing.
    const rest = held.length > 0 ? this.#encode(held) : held;
    const owed = this.#encoder.flush();
    const rows = new Float32Array(rest.length + owed.length);
    rows.set(rest);
    rows.set(owed, rest.length);
    return this.#judge(rows);
  }

  snapshot(): ModelSnapshot | undefined {
    if (this.#holdsAll && this.#encoder.stats().pendingTokens > 0) return undefined;
    const front = this.#front.snapshot();
    const head = this.#novelty?.snapshot();
    return {
      ...(front === undefined ? {} : { front }),
      encoder: this.#encoder.snapshot(),
      ...(head === undefined ? {} : { head }),
      given: this.#given,
      ...(this.#refusal === undefined ? {} : { refusal: toPosted(this.#refusal) }),
    };
  }

  restore(snapshot: ModelSnapshot): void {
    if (this.#front.hasState) this.#front.restore(requirePart(snapshot, 'front'));
    this.#encoder.restore(requirePart(snapshot, 'encoder'));
    this.#novelty?.restore(requirePart(snapshot, 'head'));
    this.#given = snapshot.given;
    this.#refusal = snapshot.refusal === undefined ? undefined : fromPosted(snapshot.refusal);
  }

  stats(): ModelStats {
    const { position, cacheBytes } = this.#encoder.stats();
    return { tokens: position, cacheBytes: cacheBytes + (this.#novelty?.stateBytes ?? 0), busyMs: 0 };
  }

  close(): void {
    this.#encoder.close();
  }

  #encode(tokens: Float32Array): Float32Array {
    try {
      return this.#encoder.push(tokens);
    } catch (error) {
      if (this.#front.hasState) this.#refusal = error;
      throw error;
    }
  }

  #judge(rows: Float32Array): ModelOutput {
    const startToken = this.#given;
    this.#given += rows.length / this.#width;
    if (this.#novelty === undefined) return { kind: 'embedding', startToken, width: this.#width, rows };
    return { kind: 'scene', startToken, threshold: this.#novelty.threshold, scores: this.#novelty.push(rows) };
  }
}

function requireFit(front: FrontSpec, { inputSize, config }: Encoder): void {
  const width = frontWidth(front);
  const takes = `rows of width ${inputSize}, which the model takes (its input is ${config.input})`;
  if (width !== inputSize) {
    throw new ConfigError('CONFIG_INVALID', `Expected ${takes}, got width ${width} (front ${front.kind})`);
  }
  if (config.input === 'ids' && front.kind !== 'none') {
    throw new ConfigError('CONFIG_INVALID', `Expected \`front\` to be none before a model of ids, got ${front.kind}`);
  }
}

/** A pipeline may run for ever, and its memory may not grow with it. */
function requireProgress(encoder: Encoder): void {
  if (encoder.latencyTokens !== Number.POSITIVE_INFINITY) return;
  const isCausal = encoder.family === 'longformer' || encoder.config.causal;
  const found = isCausal
    ? 'one whose `lsh.rule` is offline; bucket-recency and prefix-exact stream'
    : 'one that is not causal';
  throw new ConfigError(
    'CONFIG_INVALID',
    `Expected an encoder that gives its rows before the stream ends, because it would hold all of it, got ${found}`,
  );
}
