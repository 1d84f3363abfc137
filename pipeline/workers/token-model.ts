import { ConfigError, type EncoderStream } from '../../core/index.ts';
import { createNoveltyHead, type NoveltyHead } from '../../models/index.ts';
import type { Encoder } from './encoder-cache.ts';
import type { FrontSpec, ModelOutput, ModelSpec, ModelStats } from './model-spec.ts';
import type { StreamModel } from './stream-model.ts';
import { frontWidth, openFront, requireWholeIds, type TokenFront } from './token-front.ts';

/** Samples → tokens → encoding, as they are or judged by their novelty. With look-ahead the rows come that much later. */
export class TokenModel implements StreamModel {
  readonly #front: TokenFront;
  readonly #encoder: EncoderStream;
  readonly #inputSize: number;
  readonly #width: number;
  readonly #ids: boolean;
  readonly #novelty: NoveltyHead | undefined;
  /** Rows given out, which is the token of the next one. */
  #given = 0;
  /** Why the encoder refused tokens whose samples the front has let go. */
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
    if (spec.kind === 'scene') {
      const { threshold } = spec;
      this.#novelty = createNoveltyHead({ width: this.#width, ...(threshold === undefined ? {} : { threshold }) });
    }
    this.#encoder = encoder.open();
  }

  push(samples: Float32Array | Float64Array): ModelOutput {
    if (this.#refusal !== undefined) throw this.#refusal;
    if (this.#ids) requireWholeIds(samples, this.#encoder.position, this.#inputSize);
    return this.#judge(this.#encode(this.#front.push(samples)));
  }

  flush(): ModelOutput {
    const rest = this.#refusal === undefined ? this.#encode(this.#front.flush()) : new Float32Array(0);
    const owed = this.#encoder.flush();
    const rows = new Float32Array(rest.length + owed.length);
    rows.set(rest);
    rows.set(owed, rest.length);
    return this.#judge(rows);
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
