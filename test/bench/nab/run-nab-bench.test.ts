import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { levelScores } from '../../../bench/nab/level-detector.ts';
import { runNabBench } from '../../../bench/nab/run-nab-bench.ts';
import { InputError, Random } from '../../../core/index.ts';
import { createLongformer } from '../../../models/index.ts';

const ROWS = 1600;
const WINDOW = [1000, 1060] as const;

/** A row every half hour, so that a day has 48. */
const timeOf = (row: number): string =>
  new Date(Date.UTC(2020, 0, 1) + row * 1_800_000).toISOString().slice(0, 19).replace('T', ' ');

/** A benchmark of two groups with a jump in each series, and a stored detector that flags the window's first row only. */
function writeBenchmark(folder: string): void {
  const labels: Record<string, [string, string][]> = {};
  for (const [index, name] of ['one/a.csv', 'two/b.csv'].entries()) {
    const [group, file] = name.split('/') as [string, string];
    const random = new Random(index + 1);
    const values = Array.from(
      { length: ROWS },
      (_, row) => 10 + random.nextUnit() + (row >= WINDOW[0] && row < WINDOW[1] ? 30 : 0),
    );
    mkdirSync(join(folder, 'data', group), { recursive: true });
    mkdirSync(join(folder, 'results', 'perfect', group), { recursive: true });
    const csv = values.map((value, row) => `${timeOf(row)},${value}`).join('\n');
    writeFileSync(join(folder, 'data', group, file), `timestamp,value\n${csv}\n`);
    const scores = values.map((_, row) => `${timeOf(row)},1,${row === WINDOW[0] ? 1 : 0}`).join('\n');
    const stored = gzipSync(`timestamp,value,anomaly_score\n${scores}\n`);
    writeFileSync(join(folder, 'results', 'perfect', group, `perfect_${file}.gz`), stored);
    labels[name] = [[`${timeOf(WINDOW[0])}.000000`, `${timeOf(WINDOW[1])}.000000`]];
  }
  mkdirSync(join(folder, 'labels'));
  writeFileSync(join(folder, 'labels', 'combined_windows.json'), JSON.stringify(labels));
}

describe('the NAB bench on a small made-up benchmark', () => {
  const encoder = createLongformer(
    { inputSize: 1, hiddenSize: 8, numLayers: 1, numHeads: 2, window: 8, ffnSize: 8 },
    { seed: 1 },
  );
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nab-'));
    writeBenchmark(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('measures stored scores, our head with and without an encoder, and the floors', () => {
    let text = '';
    const measured = runNabBench({ dataDir: folder, json: false, encoder }, (part) => {
      text += part;
    });
    const names = measured.map(({ detector }) => detector);
    expect(names).toEqual([
      'perfect',
      'longwave',
      'longwave + encoder features',
      'longwave, length of day unknown',
      'longwave, rows averaged by 3',
      'longwave, rows averaged by 6',
      'distance from median + our tail',
      'windowedGaussian, recomputed',
      'random + our sparse alarms, mean of 8 seeds',
      'random, mean of 8 seeds',
    ]);
    expect(measured[0]?.standard).toBeCloseTo(100, 1);
    for (const name of names.slice(1, 4)) {
      expect(measured.find(({ detector }) => detector === name)?.fixed).toMatchObject({ windowsHit: 2, windows: 2 });
    }
    expect(measured.at(-1)?.standard).toBeLessThan(measured[1]?.standard ?? 0);
    for (const name of names) expect(text).toContain(name);
    expect(text).toContain('arXiv 2009.13807');
  });

  it('prints one JSON object a line where asked to', () => {
    const lines: string[] = [];
    const measured = runNabBench({ dataDir: folder, json: true, encoder }, (line) => lines.push(line));
    expect(lines.map((line) => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(measured)));
  });

  it.each([
    ['labels that are not JSON', 'labels/combined_windows.json', '{'],
    ['a series without the rows of its window', 'data/one/a.csv', 'timestamp,value\n2020-01-01 00:00:00,1\n'],
    ['a value that is no number', 'data/one/a.csv', 'timestamp,value\n2020-01-01 00:00:00,x\n'],
    ['stored scores of another length', 'results/perfect/one/perfect_a.csv', 'timestamp,anomaly_score\n2020,1\n'],
  ])('refuses %s, naming the file', (_what, file, content) => {
    writeFileSync(join(folder, file), content);
    const run = (): unknown => runNabBench({ dataDir: folder, json: true, encoder }, () => undefined);
    expect(run).toThrow(InputError);
    expect(run).toThrow(file.split('/').at(-1));
  });
});

describe('the plain level detector', () => {
  it('flags a jump at the end of its 24 rows and stays silent in the probation', () => {
    const random = new Random(2);
    const values = new Float64Array(4000).map((_, row) => random.nextUnit() + (row === 30 || row >= 2400 ? 9 : 0));
    const upperTail = (z: number): number => Math.exp((-z * z) / 2) / 2; // a bound of the normal tail, monotone in z
    const one = { name: 'g/s', group: 'g', timestamps: [], values, windows: [] };
    const scores = levelScores(one, upperTail);
    expect(scores.subarray(0, 600).every((score) => score === 0)).toBe(true);
    expect(scores.findIndex((score) => score > 0.8)).toBe(2423);
  });
});
