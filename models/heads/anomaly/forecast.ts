import {
  arithmetic,
  type EncoderStream,
  type SnapshotReader,
  type SnapshotWriter,
  type StreamEncoder,
} from '../../../core/index.ts';
import { RankTail } from './rank-tail.ts';
import { RecursiveLeastSquares } from './recursive-least-squares.ts';

const LAGS = 6;
const HISTORY = 2000;
const SCALE_REFRESH = 32;
const KEY_TOKENS = 4;
const BANDWIDTH = 0.05;
const MIN_WEIGHT_LOG = -8;
/** 1, the lags, and the induction-attention forecast. */
const BASE_FEATURES = 1 + LAGS + 1;
/** How far beyond what was seen an expected value may go, in logarithmic units. */
const EXPECTED_MARGIN = 1;

/** Options of {@link Forecast}. */
export interface ForecastOptions {
  /** Rows averaged into one token; only sets how many tokens the attention looks back. */
  readonly tokenRows: number;
  /** Its encodings of the tokens become features too. */
  readonly encoder: StreamEncoder | undefined;
}

/**
 * Expects the next token of one channel and says how rare its error is. Works in y = sign(x) ln(1 + |x|/s), s the
 * running median of |x|: recursive least squares on six lags, on an induction-attention forecast (what followed the most similar
 * four-token pasts), and on the encoding of the past where there is an encoder. Everything is learnt on the way.
 */
export class Forecast {
  readonly #encoder: EncoderStream | undefined;
  readonly #token = new Float32Array(1);
  readonly #lookBack: number;
  readonly #regression: RecursiveLeastSquares;
  readonly #tail = new RankTail();
  readonly #features: Float64Array;
  /** Sizes |x| of the last tokens, and y of the last tokens: rings by token index. */
  readonly #sizes = new Float64Array(HISTORY);
  readonly #y = new Float64Array(HISTORY);
  readonly #scratch = new Float64Array(HISTORY);
  #count = 0;
  #scale = 1;
  #prediction = Number.NaN;
  #minY = Number.POSITIVE_INFINITY;
  #maxY = Number.NEGATIVE_INFINITY;

  constructor(options: ForecastOptions) {
    const extra = options.encoder?.outputSize ?? 0;
    this.#encoder = options.encoder?.open();
    this.#lookBack = Math.min(HISTORY - KEY_TOKENS - 1, Math.floor(HISTORY / options.tokenRows));
    this.#regression = new RecursiveLeastSquares(BASE_FEATURES + extra);
    this.#features = new Float64Array(BASE_FEATURES + extra);
  }

  get stateBytes(): number {
    return (
      3 * HISTORY * 8 + this.#tail.stateBytes + this.#regression.stateBytes + (this.#encoder?.stats().cacheBytes ?? 0)
    );
  }

  /** The value expected for the next token, NaN before there is a history of six tokens. */
  get expected(): number {
    if (Number.isNaN(this.#prediction)) return Number.NaN;
    const y = Math.min(this.#maxY + EXPECTED_MARGIN, Math.max(this.#minY - EXPECTED_MARGIN, this.#prediction));
    const size = this.#scale * (arithmetic.expDouble(Math.abs(y)) - 1);
    return y < 0 ? -size : size;
  }

  /** Takes the next token and returns how rare the error of its forecast is, as -log10 of the tail. */
  push(x: number): number {
    this.#refreshScale(Math.abs(x));
    const size = arithmetic.logDouble(1 + Math.abs(x) / this.#scale);
    const y = x < 0 ? -size : size;
    let rarity = 0;
    if (!Number.isNaN(this.#prediction)) {
      rarity = this.#tail.push(Math.abs(y - this.#prediction));
      this.#regression.update(this.#features, y);
    }
    this.#y[this.#count % HISTORY] = y;
    this.#minY = Math.min(this.#minY, y);
    this.#maxY = Math.max(this.#maxY, y);
    this.#count += 1;
    this.#predict(y);
    return rarity;
  }

  /** Releases the encoder's stream. */
  close(): void {
    this.#encoder?.close();
  }

  save(writer: SnapshotWriter): void {
    for (const value of [this.#count, this.#scale, this.#prediction, this.#minY, this.#maxY]) writer.float64(value);
    for (const array of [this.#features, this.#sizes, this.#y]) writer.array(array);
    this.#regression.save(writer);
    this.#tail.save(writer);
    writer.array(this.#encoder?.snapshot() ?? new Uint8Array(0));
  }

  load(reader: SnapshotReader): void {
    this.#count = reader.float64();
    this.#scale = reader.float64();
    this.#prediction = reader.float64();
    this.#minY = reader.float64();
    this.#maxY = reader.float64();
    for (const array of [this.#features, this.#sizes, this.#y]) array.set(reader.float64Array(array.length));
    this.#regression.load(reader);
    this.#tail.load(reader);
    const encoderState = reader.uint8Array();
    if (encoderState.length > 0) this.#encoder?.restore(encoderState);
  }

  #refreshScale(size: number): void {
    this.#sizes[this.#count % HISTORY] = size;
    if (this.#count % SCALE_REFRESH !== 0 && this.#count > 0) return;
    const held = Math.min(this.#count + 1, HISTORY);
    const sorted = this.#scratch.subarray(0, held);
    sorted.set(this.#sizes.subarray(0, held));
    sorted.sort();
    const median = ((sorted[(held - 1) >> 1] as number) + (sorted[held >> 1] as number)) / 2;
    if (median > 0) this.#scale = median;
  }

  #predict(y: number): void {
    if (this.#encoder !== undefined) this.#encode(y);
    if (this.#count < LAGS) return;
    this.#features[0] = 1;
    for (let lag = 1; lag <= LAGS; lag++) this.#features[lag] = this.#y[(this.#count - lag) % HISTORY] as number;
    this.#features[LAGS + 1] = this.#induction();
    this.#prediction = this.#regression.predict(this.#features);
  }

  #encode(y: number): void {
    this.#token[0] = y;
    this.#features.set((this.#encoder as EncoderStream).push(this.#token), BASE_FEATURES);
  }

  /** Attention of the last four tokens over earlier fours; the values are the tokens that followed them. */
  #induction(): number {
    const t = this.#count - 1;
    const oldest = Math.max(KEY_TOKENS - 1, this.#count - this.#lookBack);
    const scores = this.#scratch;
    let best = Number.NEGATIVE_INFINITY;
    for (let j = t - KEY_TOKENS; j >= oldest; j--) {
      let sum = 0;
      for (let back = 0; back < KEY_TOKENS; back++) {
        const difference = (this.#y[(t - back) % HISTORY] as number) - (this.#y[(j - back) % HISTORY] as number);
        sum += difference * difference;
      }
      const score = -sum / (KEY_TOKENS * BANDWIDTH);
      scores[j % HISTORY] = score;
      if (score > best) best = score;
    }
    let weight = 0;
    let value = 0;
    for (let j = t - KEY_TOKENS; j >= oldest; j--) {
      const score = (scores[j % HISTORY] as number) - best;
      if (score < MIN_WEIGHT_LOG) continue;
      const share = arithmetic.expDouble(score);
      weight += share;
      value += share * (this.#y[(j + 1) % HISTORY] as number);
    }
    return weight > 0 ? value / weight : (this.#y[t % HISTORY] as number);
  }
}
