import { Random, type StreamEncoder } from '../../core/index.ts';
import { createAnomalyHead } from '../../models/index.ts';
import { levelScores } from './level-detector.ts';
import { type NabSeries, probationRows, type Scores } from './scorer.ts';

/** What is given to our head beside the series. */
export interface LongwaveSettings {
  readonly encoder?: StreamEncoder;
  /** `from-times` takes the length of a day from the first interval, as a live stream could; `unknown` leaves it out. */
  readonly days: 'from-times' | 'unknown';
}

/** Our head with its default settings, the probation of the benchmark, and nothing else from the file. */
export function longwaveScores(series: readonly NabSeries[], { encoder, days }: LongwaveSettings): Scores {
  return perSeries(series, (one) => {
    const rowsPerDay = days === 'unknown' ? undefined : rowsPerDayOf(one.timestamps);
    const head = createAnomalyHead({
      channels: 1,
      probationRows: probationRows(one.values.length),
      ...(rowsPerDay === undefined ? {} : { rowsPerDay }),
      ...(encoder === undefined ? {} : { encoder }),
    });
    return head.push(one.values).scores;
  });
}

const DAY_MS = 86_400_000;
/** The fewest rows a day that the head takes for a day. */
const MIN_ROWS_PER_DAY = 48;

/** Rows per day by the interval of the first two rows, `undefined` where that is no use. */
function rowsPerDayOf([first, second]: readonly string[]): number | undefined {
  if (first === undefined || second === undefined) return undefined;
  const intervalMs = Date.parse(`${second.replace(' ', 'T')}Z`) - Date.parse(`${first.replace(' ', 'T')}Z`);
  const rows = DAY_MS / intervalMs;
  return Number.isFinite(rows) && rows >= MIN_ROWS_PER_DAY ? rows : undefined;
}

/** The plain level detector behind our post-stage, see {@link levelScores}. */
export function plainLevelScores(series: readonly NabSeries[]): Scores {
  return perSeries(series, (one) => levelScores(one, (z) => gaussianTail(z, 0, 1)));
}

/** Rows of the baseline's sliding window. */
const WINDOW = 6400;
/** Digits of the published score files: rows that differ only beyond them count as equal there, which moves the best threshold. */
const PUBLISHED_DIGITS = 12;
/** Rows between two refits of the baseline. */
const STEP = 100;

/**
 * The benchmark's own baseline, computed anew: 1 minus the two-sided Gaussian tail of a row under the mean and
 * deviation of the last 6400 rows, refitted every 100 rows once the window is full, at every row before.
 */
export function windowedGaussianScores(series: readonly NabSeries[]): Scores {
  return perSeries(series, ({ values }) => windowedGaussian(values));
}

function windowedGaussian(values: Float64Array): Float64Array {
  const scores = new Float64Array(values.length);
  let window: number[] = [];
  let pending: number[] = [];
  let mean = 0;
  let deviation = 1;
  values.forEach((value, row) => {
    if (window.length > 0)
      scores[row] = Number((1 - gaussianTail(value, mean, deviation)).toPrecision(PUBLISHED_DIGITS));
    if (window.length < WINDOW) {
      window.push(value);
      const fitted = momentsOf(window);
      mean = fitted.mean;
      deviation = fitted.deviation;
      return;
    }
    pending.push(value);
    if (pending.length < STEP) return;
    window = [...window.slice(STEP), ...pending];
    pending = [];
    const fitted = momentsOf(window);
    mean = fitted.mean;
    deviation = fitted.deviation;
  });
  return scores;
}

function momentsOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: variance === 0 ? 0.000001 : Math.sqrt(variance) };
}

/** Upper tail of the normal distribution at the distance of `x` from the mean, on either side. */
function gaussianTail(x: number, mean: number, deviation: number): number {
  const z = Math.abs(x - mean) / deviation;
  return 0.5 * erfc(z / Math.SQRT2);
}

/** erfc for x >= 0: series below 2.5, continued fraction above. */
function erfc(x: number): number {
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let k = 1; k < 100; k++) {
      term *= (-x * x) / k;
      sum += term / (2 * k + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let k = 60; k >= 1; k--) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

/** Seeded noise: what a score of 0 knowledge reaches. */
export function randomScores(series: readonly NabSeries[], seed: number): Scores {
  const random = new Random(seed);
  return perSeries(series, ({ values }) => new Float64Array(values.length).map(() => random.nextUnit()));
}

/** As {@link randomScores}, through the same sparse-alarm rule as our head: what the rule alone is worth. */
export function inhibitedRandomScores(series: readonly NabSeries[], seed: number): Scores {
  const random = new Random(seed);
  return perSeries(series, ({ values }) => {
    const hold = Math.min(150, probationRows(values.length) / 4);
    let last = 0;
    let age = Number.POSITIVE_INFINITY;
    return new Float64Array(values.length).map(() => {
      const value = random.nextUnit();
      age += 1;
      if (value <= last && age <= hold) return 0;
      last = value;
      age = 0;
      return value;
    });
  });
}

function perSeries(series: readonly NabSeries[], score: (one: NabSeries) => Float64Array): Scores {
  return new Map(series.map((one) => [one.name, score(one)]));
}
