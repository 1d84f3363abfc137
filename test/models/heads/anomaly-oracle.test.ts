import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AnomalyHeadOptions } from '../../../models/index.ts';
import { createAnomalyHead } from '../../../models/index.ts';

interface Oracle {
  readonly options: AnomalyHeadOptions;
  readonly values: readonly number[];
  readonly scores: readonly number[];
  readonly expectedTokenRows: number;
  readonly expected: readonly (number | null)[];
}

/** Written by `test/fixtures/anomaly-oracle.py`, which shares nothing with the head. */
const oracle = JSON.parse(
  readFileSync(new URL('../../fixtures/anomaly-oracle.json', import.meta.url), 'utf8'),
) as Oracle;

describe('the univariate recipe against plain Python', () => {
  const { scores, expected } = createAnomalyHead(oracle.options).push(Float64Array.from(oracle.values));

  it('gives the same scores', () => {
    const worst = Math.max(...oracle.scores.map((score, row) => Math.abs(score - (scores[row] as number))));
    expect(worst).toBeLessThan(1e-7);
  });

  it('tells each of the three oddities within two tokens of its onset', () => {
    const alarms = [...scores].flatMap((score, row) => (score >= 0.5 ? [row] : []));
    for (const onset of [500, 800, 1050]) {
      const soon = onset === 800 ? 62 : 10; // the flat hour is only strange once its peak stays away
      expect(alarms.some((row) => row >= onset && row < onset + soon)).toBe(true);
    }
  });

  it('expects the same values', () => {
    let worst = 0;
    expected.forEach((value, row) => {
      const truth = oracle.expected[Math.floor(row / oracle.expectedTokenRows)];
      if (typeof truth === 'number') worst = Math.max(worst, Math.abs(value - truth));
    });
    expect(worst).toBeLessThan(1e-6);
  });
});
