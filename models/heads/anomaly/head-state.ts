import type { SnapshotReader, SnapshotWriter } from '../../../core/index.ts';
import { Forecast } from './forecast.ts';
import { GaussianTail } from './gaussian-tail.ts';
import { Inhibition } from './inhibition.ts';
import { NearestKey } from './nearest-key.ts';
import type { ResolvedAnomalyOptions } from './options.ts';
import { inReference, type Reference, referenceOf } from './reference.ts';
import { TokenMean } from './token-mean.ts';

const CACHE_TOKENS = 4000;
const FORECAST_SHARE = 0.5;
/** Score = g / (g + this): the mean threshold fitted on the development series (docs/NAB.md). */
const HALF_SCORE = 1.1;
/** Values are cut to this size inside, so that no sum of squares overflows. */
const LARGEST_VALUE = 1e150;

/**
 * Everything that a head remembers of one stream. A row goes through in three steps that do not depend on each other's order:
 * the short view and the forecast, which need no reference and run from the first row; the long view, which needs the reference
 * of the probation; and their joint rarity g with its inhibition, which begins with the probation's replay.
 */
export class HeadState {
  readonly #options: ResolvedAnomalyOptions;
  readonly #long: NearestKey;
  readonly #longTail: GaussianTail;
  readonly #longMean: TokenMean;
  /** One channel only. */
  readonly #short: { readonly keys: NearestKey; readonly tail: GaussianTail } | undefined;
  readonly #forecasts: readonly Forecast[];
  readonly #shortMean: TokenMean;
  readonly #inhibition: Inhibition;
  readonly #single = new Float64Array(1);
  readonly #lastRow: Float64Array;
  /** The row at hand, cut to {@link LARGEST_VALUE}. */
  readonly #row: Float64Array;
  /** The probation's rows and what the short view and forecast said of them, for the replay. */
  #held: { readonly rows: Float64Array; readonly rarities: Float64Array } | undefined;
  #reference: Reference | undefined;
  #rows = 0;
  #longRarity = 0;
  #shortRarity = 0;
  #forecastRarity = 0;

  constructor(options: ResolvedAnomalyOptions) {
    this.#options = options;
    const { channels, probationRows, tokenRows, rowsPerDay, encoder } = options;
    const shortRows = channels === 1 ? Math.max(1, Math.floor(tokenRows / 2)) : tokenRows;
    const warmup = (rows: number): number => Math.max(20, Math.floor((2 * probationRows) / 3 / rows));
    const keyTokens = channels === 1 ? 4 : 2;
    this.#long = new NearestKey({ width: channels, keyTokens, cacheTokens: CACHE_TOKENS, normalise: 'none' });
    this.#longTail = new GaussianTail(warmup(tokenRows));
    this.#longMean = new TokenMean(tokenRows, channels);
    this.#short =
      channels > 1
        ? undefined
        : {
            keys: new NearestKey({ width: 1, keyTokens: 2, cacheTokens: CACHE_TOKENS, normalise: 'running-range' }),
            tail: new GaussianTail(warmup(shortRows)),
          };
    this.#shortMean = new TokenMean(shortRows, channels);
    this.#forecasts = Array.from(
      { length: channels },
      () => new Forecast({ tokenRows: shortRows, rowsPerDay, encoder }),
    );
    this.#inhibition = new Inhibition(channels === 1 ? Math.min(150, probationRows / 4) : 0);
    this.#lastRow = new Float64Array(channels).fill(Number.NaN);
    this.#row = new Float64Array(channels);
    this.#held = { rows: new Float64Array(probationRows * channels), rarities: new Float64Array(probationRows) };
  }

  get rows(): number {
    return this.#rows;
  }

  get stateBytes(): number {
    const held = this.#held === undefined ? 0 : this.#held.rows.byteLength + this.#held.rarities.byteLength;
    const forecasts = this.#forecasts.reduce((sum, forecast) => sum + forecast.stateBytes, 0);
    return held + forecasts + this.#long.stateBytes + (this.#short?.keys.stateBytes ?? 0);
  }

  /** Writes what was expected of the row at hand, from what came before it, to `out[at ..]`. */
  expect(out: Float64Array, at: number): void {
    for (let c = 0; c < this.#options.channels; c++) {
      const expected = (this.#forecasts[c] as Forecast).expected;
      out[at + c] = Number.isNaN(expected) ? (this.#lastRow[c] as number) : expected;
    }
  }

  /** Judges the row at `rows[at ..]` and returns its score. */
  judge(rows: Float64Array, at: number): number {
    const { channels, probationRows } = this.#options;
    for (let c = 0; c < channels; c++) {
      const value = rows[at + c] as number;
      this.#lastRow[c] = value;
      this.#row[c] = Math.min(LARGEST_VALUE, Math.max(-LARGEST_VALUE, value));
    }
    this.#shortView(this.#row);
    this.#rows += 1;
    const held = this.#held;
    if (held === undefined) {
      this.#longView(this.#row, 0);
      return this.#score(this.#shortShare());
    }
    held.rows.set(this.#row, (this.#rows - 1) * channels);
    held.rarities[this.#rows - 1] = this.#shortShare();
    if (this.#rows === probationRows) this.#replay(held);
    return 0;
  }

  close(): void {
    for (const forecast of this.#forecasts) forecast.close();
  }

  save(writer: SnapshotWriter): void {
    for (const value of [this.#rows, this.#longRarity, this.#shortRarity, this.#forecastRarity]) writer.float64(value);
    writer.array(this.#lastRow);
    writer.array(this.#held?.rows ?? new Float64Array(0));
    writer.array(this.#held?.rarities ?? new Float64Array(0));
    writer.array(this.#reference?.centre ?? new Float64Array(0));
    writer.array(this.#reference?.spread ?? new Float64Array(0));
    for (const part of this.#parts()) part.save(writer);
  }

  /** Fills a fresh state. */
  load(reader: SnapshotReader): void {
    this.#rows = reader.float64();
    this.#longRarity = reader.float64();
    this.#shortRarity = reader.float64();
    this.#forecastRarity = reader.float64();
    this.#lastRow.set(reader.float64Array(this.#lastRow.length));
    const rows = reader.float64Array();
    const rarities = reader.float64Array();
    this.#held = rows.length === 0 ? undefined : { rows, rarities };
    const centre = reader.float64Array();
    const spread = reader.float64Array();
    this.#reference = centre.length === 0 ? undefined : { centre, spread };
    for (const part of this.#parts()) part.load(reader);
  }

  #parts(): readonly { save(writer: SnapshotWriter): void; load(reader: SnapshotReader): void }[] {
    const short = this.#short === undefined ? [] : [this.#short.keys, this.#short.tail];
    return [
      this.#long,
      this.#longTail,
      this.#longMean,
      ...short,
      ...this.#forecasts,
      this.#shortMean,
      this.#inhibition,
    ];
  }

  #shortView(row: Float64Array): void {
    for (let c = 0; c < this.#options.channels; c++) this.#shortMean.add(c, row[c] as number);
    if (!this.#shortMean.endRow()) return;
    const { token } = this.#shortMean;
    for (let c = 0; c < token.length; c++) {
      const rarity = (this.#forecasts[c] as Forecast).push(token[c] as number);
      if (token.length === 1) this.#forecastRarity = rarity;
    }
    if (this.#short === undefined) return;
    this.#single[0] = token[0] as number;
    const novelty = this.#short.keys.push(this.#single);
    if (!Number.isNaN(novelty)) this.#shortRarity = this.#short.tail.push(novelty);
  }

  #longView(rows: Float64Array, at: number): void {
    const reference = this.#reference as Reference;
    for (let c = 0; c < this.#options.channels; c++)
      this.#longMean.add(c, inReference(reference, c, rows[at + c] as number));
    if (!this.#longMean.endRow()) return;
    const novelty = this.#long.push(this.#longMean.token);
    if (!Number.isNaN(novelty)) this.#longRarity = this.#longTail.push(novelty);
  }

  /** The reference is known now: the rows held go through the long view and the inhibition, and are let go. */
  #replay(held: { readonly rows: Float64Array; readonly rarities: Float64Array }): void {
    const { channels, probationRows } = this.#options;
    this.#reference = referenceOf(held.rows, probationRows, channels);
    for (let row = 0; row < probationRows; row++) {
      this.#longView(held.rows, row * channels);
      this.#score(held.rarities[row] as number);
    }
    this.#held = undefined;
  }

  /** The part of g that does not need the reference. */
  #shortShare(): number {
    return this.#shortRarity + FORECAST_SHARE * this.#forecastRarity;
  }

  #score(shortShare: number): number {
    const joint = this.#options.channels === 1 ? (this.#longRarity + shortShare) / 2.5 : this.#longRarity;
    const g = this.#options.channels === 1 ? this.#inhibition.push(joint) : joint;
    return g / (g + HALF_SCORE);
  }
}
