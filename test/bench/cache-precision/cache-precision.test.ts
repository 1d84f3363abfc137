import { expect, it } from 'vitest';
import { encodingErrors } from '../../../bench/cache-precision/encoding-error.ts';
import { prices } from '../../../bench/cache-precision/price.ts';
import { describeLine, ERROR_HEAD, PRICE_HEAD } from '../../../bench/cache-precision/report.ts';
import type { Subject } from '../../../bench/cache-precision/subjects.ts';
import { createLongformer } from '../../../models/index.ts';

const SMALL: Subject = {
  name: 'small',
  reach: 20,
  create: (cachePrecision) =>
    createLongformer(
      { inputSize: 4, hiddenSize: 32, numLayers: 2, numHeads: 2, window: 20 },
      { seed: 1 },
      { cachePrecision },
    ),
};

it('compares every precision with float32 over the same tokens: fewer bits, larger differences, smaller streams', () => {
  const lines = encodingErrors(SMALL, 200);
  expect(lines.map(({ precision, tokens }) => [precision, tokens])).toEqual([
    ['float32', 200],
    ['int16', 200],
    ['int8', 200],
  ]);
  const [exact, ...others] = lines;
  expect([exact?.most, exact?.rms, exact?.relative]).toEqual([0, 0, 0]);
  for (const { most, rms, relative } of others) {
    expect(rms).toBeGreaterThan(0);
    expect(most).toBeGreaterThan(rms);
    // The last norm leaves encodings of rms 1.
    expect(relative / rms).toBeCloseTo(1, 2);
  }
  for (const field of ['most', 'rms'] as const)
    expect(lines[2]?.[field]).toBeGreaterThan(10 * (lines[1]?.[field] ?? 1));
  for (const field of ['streamBytes', 'snapshotBytes'] as const) {
    const sizes = lines.map((line) => line[field]);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  }
});

it.each([1, 3])('times all precisions in turns, with %d streams', async (streams) => {
  const lines = await prices(SMALL, streams, { sliceMs: 1, rounds: 3, budgetMs: 100 });
  expect(lines.map(({ precision }) => precision)).toEqual(['float32', 'int16', 'int8']);
  for (const { usPerToken, lowest, ratio } of lines) {
    expect(lowest).toBeGreaterThan(0);
    expect(usPerToken).toBeGreaterThanOrEqual(lowest);
    expect(ratio).toBeCloseTo(usPerToken / (lines[0]?.usPerToken ?? 0), 10);
  }
});

it('prints rows that stand under their heads', async () => {
  const [error] = encodingErrors(SMALL, 30);
  const [price] = await prices(SMALL, 1, { sliceMs: 1, rounds: 1, budgetMs: 100 });
  expect(describeLine(error as NonNullable<typeof error>)).toHaveLength(ERROR_HEAD.length);
  expect(describeLine(price as NonNullable<typeof price>)).toHaveLength(PRICE_HEAD.length);
});
