import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { windowedGaussianScores } from '../../../bench/nab/detectors.ts';
import { loadNab, loadScores } from '../../../bench/nab/load.ts';
import { NAB_PROFILES, type NabProfile } from '../../../bench/nab/profiles.ts';
import {
  bestResult,
  leaveOneGroupOut,
  type NabSeries,
  probationRows,
  resultAt,
  scoreRows,
} from '../../../bench/nab/scorer.ts';

const FOLDER = process.env.LONGWAVE_NAB ?? fileURLToPath(new URL('../../../../shared/data/nab', import.meta.url));
const STANDARD = NAB_PROFILES[0] as NabProfile;

/** Published figures of the stored detectors on the four development groups: standard, low FP, low FN. */
const PUBLISHED: Readonly<Record<string, readonly [number, number, number]>> = {
  ARTime: [75.8, 65.83, 81.45],
  contextOSE: [72.98, 70.06, 76.19],
  numenta: [70.25, 65.35, 74.37],
  knncad: [60.51, 44.46, 67.4],
  windowedGaussian: [38.39, 8.98, 49.75],
};

const series = (windows: NabSeries['windows']): NabSeries => ({
  name: 'g/s.csv',
  group: 'g',
  timestamps: Array.from({ length: 100 }, (_, i) => String(i)),
  values: new Float64Array(100),
  windows,
});
const flags = (...rows: number[]): Map<string, Float64Array> =>
  new Map([['g/s.csv', new Float64Array(100).map((_, i) => (rows.includes(i) ? 1 : 0))]]);

describe('the NAB scorer', () => {
  it('gives 100 for a flag on the first row of each window and nothing else', () => {
    const one = [
      series([
        [40, 49],
        [80, 89],
      ]),
    ];
    expect(bestResult(scoreRows(one, flags(40, 80)), STANDARD).normalised).toBeCloseTo(100, 1);
  });

  it('gives 0 when nothing is flagged', () => {
    const scored = scoreRows([series([[40, 49]])], flags());
    expect(resultAt(scored, STANDARD, 0.5)).toEqual({ normalised: 0, windowsHit: 0, windows: 1, falsePositiveRows: 0 });
  });

  it('pays a hit by how early it is, counts a window once, and takes for a false row by its distance', () => {
    const worth = (y: number): number => 2 / (1 + Math.exp(5 * y)) - 1;
    const at = (...rows: number[]): number =>
      resultAt(scoreRows([series([[40, 49]])], flags(...rows)), STANDARD, 0.5).normalised;
    const hit = worth(-5 / 10) / worth(-1);
    expect(at(45)).toBeCloseTo(50 * (hit + 1), 10);
    expect(at(45, 47, 49)).toBeCloseTo(at(45), 10);
    expect(at(45, 54)).toBeCloseTo(50 * (hit + 1 + 0.11 * worth(5 / 9)), 10);
    expect(at(45, 95)).toBeCloseTo(50 * (hit + 1 - 0.11), 10);
    expect(at(45, 20)).toBeCloseTo(50 * (hit + 1 - 0.11), 10);
  });

  it('does not look at the probation', () => {
    expect([probationRows(100), probationRows(4032), probationRows(22_695)]).toEqual([15, 604, 750]);
    expect(resultAt(scoreRows([series([[40, 49]])], flags(3, 14)), STANDARD, 0.5).falsePositiveRows).toBe(0);
  });

  it('fits the threshold of a group on the others only', () => {
    const other: NabSeries = { ...series([[40, 49]]), name: 'h/s.csv', group: 'h' };
    const scores = new Map([
      ['g/s.csv', new Float64Array(100).map((_, i) => (i === 40 ? 0.4 : 0))],
      ['h/s.csv', new Float64Array(100).map((_, i) => (i === 40 ? 0.9 : 0))],
    ]);
    // The threshold 0.9 fitted on h misses g's hit of 0.4; the threshold 0.4 fitted on g finds h's hit.
    expect(leaveOneGroupOut([series([[40, 49]]), other], scores, STANDARD)).toBeCloseTo(50, 1);
  });
});

const withData = existsSync(FOLDER) ? describe : describe.skip;
if (!existsSync(FOLDER))
  process.stderr.write(
    `\nSKIPPED: the NAB scorer against stored detectors, no series at ${FOLDER} (LONGWAVE_NAB names them)\n`,
  );

withData('the NAB scorer on the development series', () => {
  it.each(Object.entries(PUBLISHED))('reproduces %s to 0.05', (detector, published) => {
    const all = loadNab(FOLDER);
    const scored = scoreRows(all, loadScores(FOLDER, detector, all));
    NAB_PROFILES.forEach((profile, i) => {
      expect(Math.abs(bestResult(scored, profile).normalised - (published[i] as number))).toBeLessThan(0.05);
    });
  });

  it('recomputes windowedGaussian row by row as published', () => {
    const all = loadNab(FOLDER);
    const [ours, stored] = [windowedGaussianScores(all), loadScores(FOLDER, 'windowedGaussian', all)];
    let worst = 0;
    for (const { name } of all) {
      const published = stored.get(name) as ArrayLike<number>;
      Array.from(ours.get(name) as ArrayLike<number>).forEach((score, row) => {
        worst = Math.max(worst, Math.abs(score - (published[row] as number)));
      });
    }
    expect(worst).toBeLessThan(1e-9);
  });
});
