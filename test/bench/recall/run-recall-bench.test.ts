import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecallMeasurement } from '../../../bench/recall/measurement.ts';
import { type RecallLine, type RunRecallOptions, runRecallBench } from '../../../bench/recall/run-recall-bench.ts';
import { samePrice } from '../../../bench/recall/same-price.ts';
import { defaultSetting } from '../../../bench/recall/setting.ts';
import { driftingSet } from './small-set.ts';

let folder = '';
let series = '';
let lines: readonly RecallLine[] = [];
const text: string[] = [];
const notes: string[] = [];

const options = (changed: Partial<RunRecallOptions>): RunRecallOptions => ({
  audio: [],
  sensors: [],
  clustered: 0,
  tokens: 128,
  scaled: true,
  queryStep: 8,
  seed: 1,
  json: true,
  write: (part) => void text.push(part),
  note: (part) => void notes.push(part),
  ...changed,
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'recall-'));
  series = join(folder, 'series.csv');
  const { tokens } = driftingSet(200, 1);
  writeFileSync(series, `value\n${[...tokens].join('\n')}\n`);
  lines = await runRecallBench(options({ audio: [join(folder, 'missing.wav')], sensors: [series], clustered: 512 }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const measured = (): RecallMeasurement[] => lines.filter((line): line is RecallMeasurement => !('at' in line));

describe('the recall bench on a small series and small clusters', () => {
  it('says aloud which file is not there', () => {
    expect(notes).toEqual([expect.stringContaining('audio skipped, nothing at')]);
    expect(notes[0]).toContain('missing.wav');
  });

  it('prints one JSON object a line', () => {
    expect(text.map((line) => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(lines)));
  });

  it('measures every setting for each kind of vectors', () => {
    for (const data of ['sensors', 'clustered']) {
      const own = measured().filter((line) => line.data === data);
      const settings = (vectors: string): unknown[] =>
        own.filter((line) => line.vectors === vectors).map(({ setting }) => setting);
      expect(settings('raw').length).toBeGreaterThan(15);
      expect(settings('projected')).toEqual(settings('raw'));
      expect(settings('peaked')).toEqual(settings('raw'));
    }
  });

  it('sees all of full attention through the window that holds everything, and less through smaller ones', () => {
    const windows = measured().filter(({ setting }) => setting.rule === 'window');
    const whole = windows.filter(({ setting }) => setting.rule === 'window' && setting.keys >= 512);
    expect(whole).toHaveLength(3);
    for (const { recall8, recall32, mass, error } of whole) {
      expect([recall8, recall32]).toEqual([1, 1]);
      expect(mass).toBeCloseTo(1, 6);
      expect(error).toBeCloseTo(0, 6);
    }
    const small = windows.filter(({ setting }) => setting.rule === 'window' && setting.keys === 16);
    for (const { recall32, mass } of small) {
      expect(recall32).toBeLessThanOrEqual(0.5);
      expect(mass).toBeLessThan(1);
    }
  });

  it('compares each rule with a window of as many keys', () => {
    const rules = measured().filter(({ setting }) => setting.rule !== 'window');
    // A larger window would reach beyond the start from the first query, at token 64.
    const small = rules.filter(({ keys }) => keys < 64);
    expect(small.length).toBeGreaterThan(20);
    for (const { keys, window } of small) expect(Math.abs(keys - (window?.keys as number))).toBeLessThanOrEqual(0.5);
  });

  it('finds what is alike among clusters better than the window does, at the same keys', () => {
    const rule = measured().find(
      ({ data, vectors, setting }) =>
        data === 'clustered' && vectors === 'peaked' && setting.rule === 'bucket-recency' && setting.rounds === 4,
    ) as RecallMeasurement;
    expect(rule.recall8).toBeGreaterThan(2 * (rule.window?.recall8 as number));
    expect(rule.mass).toBeGreaterThan(1.5 * (rule.window?.mass as number));
  });

  it('changes neither recall nor keys by sharpness, and gives prices to the untrained layer only', () => {
    const projected = measured().filter(({ vectors }) => vectors === 'projected');
    const peaked = measured().filter(({ vectors }) => vectors === 'peaked');
    projected.forEach((line, i) => {
      expect(peaked[i]).toMatchObject({ recall8: line.recall8, recall32: line.recall32, keys: line.keys });
      expect(line.usPerToken).toBeGreaterThan(0);
      expect(peaked[i]).not.toHaveProperty('usPerToken');
    });
    for (const { topMass, sharpness } of peaked) {
      expect(sharpness).toBeLessThanOrEqual(64.1);
      expect(topMass).toBeLessThan(0.51);
    }
  });

  it('prints a table for each kind of vectors where asked to, and how the prices compare', async () => {
    const printed: string[] = [];
    await runRecallBench(options({ clustered: 128, json: false, write: (part) => void printed.push(part) }));
    for (const vectors of ['raw', 'projected', 'peaked']) expect(printed.join('')).toContain(`8 queries; ${vectors}:`);
    expect(printed.at(-1)).toContain('at the same price');
    expect(printed.join('')).toContain('bucket-recency 4r 64b h128 d32 f0');
  });

  it.each([
    ['tokens', { tokens: 127 }],
    ['queryStep', { queryStep: 0 }],
    ['seed', { seed: -1 }],
    ['clustered', { clustered: 1.5 }],
  ])('refuses %s out of range', async (name, changed) => {
    await expect(runRecallBench(options(changed))).rejects.toThrow(name);
  });

  it('refuses a set of fewer than 128 tokens', async () => {
    const short = join(folder, 'short.csv');
    writeFileSync(short, 'value\n3\n1\n2\n');
    await expect(runRecallBench(options({ sensors: [short] }))).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
  });
});

describe('the window of the same price', () => {
  const setting = defaultSetting('bucket-recency', 2, 256);
  const line = (changed: Partial<RecallMeasurement>): RecallMeasurement => ({
    bench: 'recall',
    data: 'audio',
    name: 'x',
    tokens: 100,
    queries: 1,
    vectors: 'projected',
    sharpness: 1,
    topMass: 0.5,
    setting,
    candidates: 0,
    keys: 0,
    recall8: 0,
    recall32: 0,
    mass: 0,
    error: 0,
    ...changed,
  });
  const windows = [
    line({ setting: { rule: 'window', keys: 100 }, keys: 100, usPerToken: 10, mass: 0.1, error: 0.9 }),
    line({ setting: { rule: 'window', keys: 200 }, keys: 200, usPerToken: 30, mass: 0.5, error: 0.3 }),
  ];

  it.each([
    [20, 150, 0.3, 0.6],
    [5, 100, 0.1, 0.9],
    [99, 200, 0.5, 0.3],
  ])('of %d µs lies on the line between the measured ones', (usPerToken, keys, mass, error) => {
    const [found] = samePrice([...windows, line({ usPerToken, mass: 0.4, error: 0.2 })]);
    expect(found).toMatchObject({ usPerToken, mass: 0.4, error: 0.2 });
    expect(found?.windowKeys).toBeCloseTo(keys, 9);
    expect(found?.windowMass).toBeCloseTo(mass, 9);
    expect(found?.windowError).toBeCloseTo(error, 9);
  });

  it('takes the price of the untrained layer for the peaked one', () => {
    const peaked = [...windows, line({ usPerToken: 20 })].map(({ usPerToken: _, ...rest }) => ({
      ...rest,
      vectors: 'peaked' as const,
      mass: rest.mass / 2,
    }));
    const found = samePrice([...windows, line({ usPerToken: 20 }), ...peaked]);
    expect(found.map(({ vectors }) => vectors)).toEqual(['projected', 'peaked']);
    expect(found[1]?.windowMass).toBeCloseTo(0.15, 9);
  });
});
