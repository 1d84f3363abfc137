import {
  arithmetic,
  type EncoderStream,
  type SnapshotReader,
  type SnapshotWriter,
  type StreamEncoder,
} from '../../../core/index.ts';
import { InductionAttention } from './induction-attention.ts';
import { PhaseMean } from './phase-mean.ts';
import { RankTail } from './rank-tail.ts';
import { RecursiveLeastSquares } from './recursive-least-squares.ts';

const LAGS = 6;
const HISTORY = 2000;
const SCALE_REFRESH = 32;
const LOOK_BACK_ROWS = 2000;
/** Half hours of a day, and two hours of a week. */
const DAY_PHASES = 48;
const WEEK_PHASES = 84;
/** The weights begin at 0, so the first forecasts say nothing. */
const SHOWN_AFTER_TOKENS = 20;
/** 1, the lags, and the induction-attention forecast. */
const BASE_FEATURES = 1 + LAGS + 1;
/** How far beyond what was seen an expected value may go, in logarithmic units. */
const EXPECTED_MARGIN = 1;

/** Options of {@link Forecast}. */
export interface ForecastOptions {
  /** Rows averaged into one token. */
  readonly tokenRows: number;
  /** Rows per day, for the means of the same time of day and of week; `undefined` leaves these two features out. */
  readonly rowsPerDay: number | undefined;
  /** Its encodings of the tokens become features too. */
  readonly encoder: StreamEncoder | undefined;
}

/**
 * Expects the next token of one channel and says how rare its error is. Works in y = sign(x) ln(1 + |x|/s), s the
 * running median of |x|: recursive least squares on six lags, on an induction-attention forecast, on the means of the same
 * time of day and of week where the length of a day is known, and on the encoding of the past where there is an encoder.
 * Everything is learnt on the way.
 */
export class Forecast {
  readonly #encoder: EncoderStream | undefined;
  readonly #token = new Float32Array(1);
  readonly #tokenRows: number;
  readonly #history: InductionAttention;
  readonly #phases: readonly PhaseMean[];
  readonly #regression: RecursiveLeastSquares;
  readonly #tail = new RankTail();
  readonly #features: Float64Array;
  /** Where the encoding begins among the features. */
  readonly #encodingAt: number;
  /** Sizes |x| of the last tokens, a ring by token index. */
  readonly #sizes = new Float64Array(HISTORY);
  readonly #scratch = new Float64Array(HISTORY);
  #count = 0;
  #scale = 1;
  #prediction = Number.NaN;
  #minY = Number.POSITIVE_INFINITY;
  #maxY = Number.NEGATIVE_INFINITY;

  constructor(options: ForecastOptions) {
    const { tokenRows, rowsPerDay, encoder } = options;
    this.#encoder = encoder?.open();
    this.#tokenRows = tokenRows;
    this.#history = new InductionAttention(Math.ceil(LOOK_BACK_ROWS / tokenRows));
    this.#phases =
      rowsPerDay === undefined
        ? []
        : [
            new PhaseMean({ periodRows: rowsPerDay, phases: DAY_PHASES }),
            new PhaseMean({ periodRows: 7 * rowsPerDay, phases: WEEK_PHASES }),
          ];
    this.#encodingAt = BASE_FEATURES + this.#phases.length;
    const features = this.#encodingAt + (encoder?.outputSize ?? 0);
    this.#regression = new RecursiveLeastSquares(features);
    this.#features = new Float64Array(features);
  }

  get stateBytes(): number {
    const parts = [this.#tail, this.#regression, this.#history, ...this.#phases];
    const held = parts.reduce((sum, part) => sum + part.stateBytes, 0);
    return held + 2 * HISTORY * 8 + this.#features.byteLength + (this.#encoder?.stats().cacheBytes ?? 0);
  }

  /** The value expected for the next token, NaN in the first 20 tokens. */
  get expected(): number {
    if (this.#count < SHOWN_AFTER_TOKENS) return Number.NaN;
    const y = Math.min(this.#maxY + EXPECTED_MARGIN, Math.max(this.#minY - EXPECTED_MARGIN, this.#prediction));
    const size = Math.min(Number.MAX_VALUE, this.#scale * (arithmetic.expDouble(Math.abs(y)) - 1));
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
    this.#history.observe(y);
    for (const phase of this.#phases) phase.observe(this.#count * this.#tokenRows, y);
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
    for (const array of [this.#features, this.#sizes]) writer.array(array);
    this.#history.save(writer);
    for (const phase of this.#phases) phase.save(writer);
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
    for (const array of [this.#features, this.#sizes]) array.set(reader.float64Array(array.length));
    this.#history.load(reader);
    for (const phase of this.#phases) phase.load(reader);
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
    for (let lag = 1; lag <= LAGS; lag++) this.#features[lag] = this.#history.lag(lag);
    this.#features[LAGS + 1] = this.#history.predict();
    const nextRow = this.#count * this.#tokenRows;
    for (let i = 0; i < this.#phases.length; i++)
      this.#features[BASE_FEATURES + i] = (this.#phases[i] as PhaseMean).mean(nextRow, y);
    this.#prediction = this.#regression.predict(this.#features);
  }

  #encode(y: number): void {
    this.#token[0] = y;
    this.#features.set((this.#encoder as EncoderStream).push(this.#token), this.#encodingAt);
  }
}
