import type { NabProfile } from './profiles.ts';

/** One series of the benchmark with its labelled windows as row indices, both ends included. */
export interface NabSeries {
  /** `group/file.csv`. */
  readonly name: string;
  readonly group: string;
  readonly timestamps: readonly string[];
  readonly values: Float64Array;
  readonly windows: readonly (readonly [first: number, last: number])[];
}

/** A score per row of a series. */
export type Scores = ReadonlyMap<string, ArrayLike<number>>;

/** One scored row: its anomaly score, what a flag here is worth before weighting, and the window it lies in. */
interface ScoredRow {
  readonly score: number;
  readonly worth: number;
  readonly window: number;
}

/** What a detector reached in one profile. */
export interface ProfileResult {
  /** 100 (raw - null) / (perfect - null). */
  readonly normalised: number;
  readonly threshold: number;
}

/** What a detector reached at a threshold that was not fitted. */
export interface FixedResult {
  readonly normalised: number;
  readonly windowsHit: number;
  readonly windows: number;
  readonly falsePositiveRows: number;
}

/** The benchmark's scaled sigmoid: from 1 (far before) over 0 to -1; exactly -1 past y = 3. */
function sigmoid(y: number): number {
  return y > 3 ? -1 : 2 / (1 + Math.exp(5 * y)) - 1;
}

const BEST_WORTH = sigmoid(-1);
const NO_WINDOW = -1;

/** Rows before this are not scored: min(⌊0.15 n⌋, 750). */
export function probationRows(rows: number): number {
  return Math.min(Math.floor(0.15 * rows), 750);
}

/** The scored rows of some series, highest score first, and how many windows they hold. */
export interface ScoredRows {
  readonly rows: readonly ScoredRow[];
  readonly windows: number;
}

/** Puts a worth to every scored row (Lavin and Ahmad, "Evaluating real-time anomaly detection algorithms", 2015, section II). */
export function scoreRows(series: readonly NabSeries[], scores: Scores): ScoredRows {
  const rows: ScoredRow[] = [];
  let windows = 0;
  for (const one of series) {
    const ofSeries = scores.get(one.name) ?? [];
    let next = 0;
    let previous: readonly [number, number] | undefined;
    for (let i = 0; i < one.values.length; i++) {
      while (next < one.windows.length && i > (one.windows[next] as readonly [number, number])[1]) {
        previous = one.windows[next];
        next += 1;
      }
      const current = one.windows[next];
      const inside = current !== undefined && i >= current[0];
      if (i < probationRows(one.values.length)) continue;
      rows.push({
        score: ofSeries[i] as number,
        worth: inside ? sigmoid(-(current[1] - i + 1) / (current[1] - current[0] + 1)) : outsideWorth(i, previous),
        window: inside ? windows + next : NO_WINDOW,
      });
    }
    windows += one.windows.length;
  }
  rows.sort((a, b) => b.score - a.score);
  return { rows, windows };
}

/** Score at the best threshold of one profile, swept over every distinct score. */
export function bestResult(scored: ScoredRows, profile: NabProfile): ProfileResult {
  const sweep = new Sweep(scored, profile);
  let best = sweep.total;
  let threshold = Number.POSITIVE_INFINITY;
  for (let i = 0; i < scored.rows.length; ) {
    const score = (scored.rows[i] as ScoredRow).score;
    for (; i < scored.rows.length && (scored.rows[i] as ScoredRow).score === score; i++)
      sweep.flag(scored.rows[i] as ScoredRow);
    if (sweep.total > best) {
      best = sweep.total;
      threshold = score;
    }
  }
  return { normalised: normalise(best, scored.windows, profile), threshold };
}

/** Score at a given threshold. */
export function resultAt(scored: ScoredRows, profile: NabProfile, threshold: number): FixedResult {
  const sweep = new Sweep(scored, profile);
  for (const row of scored.rows) {
    if (row.score < threshold) break;
    sweep.flag(row);
  }
  return {
    normalised: normalise(sweep.total, scored.windows, profile),
    windowsHit: sweep.windowsHit,
    windows: scored.windows,
    falsePositiveRows: sweep.falsePositiveRows,
  };
}

/** Score with the threshold of each group fitted on the other groups only. */
export function leaveOneGroupOut(series: readonly NabSeries[], scores: Scores, profile: NabProfile): number {
  const groups = [...new Set(series.map(({ group }) => group))];
  let raw = 0;
  let windows = 0;
  for (const group of groups) {
    const rest = scoreRows(
      series.filter((one) => one.group !== group),
      scores,
    );
    const held = scoreRows(
      series.filter((one) => one.group === group),
      scores,
    );
    const { threshold } = bestResult(rest, profile);
    const sweep = new Sweep(held, profile);
    for (const row of held.rows) if (row.score >= threshold) sweep.flag(row);
    raw += sweep.total;
    windows += held.windows;
  }
  return normalise(raw, windows, profile);
}

/** The raw score as rows are flagged one after the other: a window counts once, by its earliest flag. */
class Sweep {
  total: number;
  windowsHit = 0;
  falsePositiveRows = 0;
  readonly #profile: NabProfile;
  readonly #parts: Float64Array;

  constructor(scored: ScoredRows, profile: NabProfile) {
    this.#profile = profile;
    // A window whose rows all lie in the probation can be neither hit nor missed.
    const reachable = new Set(scored.rows.map(({ window }) => window).filter((window) => window !== NO_WINDOW));
    this.#parts = new Float64Array(scored.windows).fill(-profile.fnWeight);
    this.total = -profile.fnWeight * reachable.size;
  }

  flag({ worth, window }: ScoredRow): void {
    const { tpWeight, fpWeight, fnWeight } = this.#profile;
    if (window === NO_WINDOW) {
      this.total += worth * fpWeight;
      this.falsePositiveRows += 1;
      return;
    }
    const value = (worth * tpWeight) / BEST_WORTH;
    const before = this.#parts[window] as number;
    if (before === -fnWeight) this.windowsHit += 1;
    if (value <= before) return;
    this.total += value - before;
    this.#parts[window] = value;
  }
}

function outsideWorth(row: number, previous: readonly [number, number] | undefined): number {
  return previous === undefined ? -1 : sigmoid((row - previous[1]) / (previous[1] - previous[0]));
}

function normalise(raw: number, windows: number, { tpWeight, fnWeight }: NabProfile): number {
  const nothing = -fnWeight * windows;
  return (100 * (raw - nothing)) / (windows * tpWeight - nothing);
}
