import { beforeEach, describe, expect, it } from 'vitest';
import type { Prices } from '../../../bench/encoder/cases.ts';
import type { EngineEntry, EngineSession } from '../../../bench/encoder/engines/engine.ts';
import { ownEngine } from '../../../bench/encoder/engines/own.ts';
import { measureGroup } from '../../../bench/encoder/group.ts';
import { Oracle } from '../../../bench/encoder/oracle.ts';
import { madeUpEngine, smallModel } from './small-model.ts';

const slices = { sliceMs: 0.2, rounds: 3, budgetMs: 1000 };
const model = smallModel();
const checked = { model, oracle: new Oracle(model) };
let prices: Prices;
beforeEach(() => {
  prices = new Map();
});

async function measure(engines: readonly EngineEntry[], limits: { bytes?: number; streams?: number } = {}) {
  const lines = [];
  const group = measureGroup({
    models: [checked],
    engines,
    streams: limits.streams ?? 2,
    tokens: [1, 4],
    slices,
    mostCallSeconds: 1,
    memoryBytes: limits.bytes ?? 1e9,
    prices,
  });
  for await (const line of group) lines.push(line);
  return lines;
}

const reference = { engine: ownEngine('reference', ({ encoder }) => encoder) };
const zeros: EngineSession & { closed: number } = {
  closed: 0,
  step: () => undefined,
  encodings: () => new Float32Array(16),
  close() {
    this.closed += 1;
  },
};

describe('a group of engines', () => {
  it('gives one figure for each number of tokens, with the difference from the reference encoder', async () => {
    const base = { bench: 'encoder', model: 'longformer', config: 'A', streams: 2, engine: 'reference', difference: 0 };
    const lines = await measure([reference]);
    expect(lines).toEqual([
      { ...base, tokens: 1, slices: 3, usPerToken: expect.any(Number), lowest: expect.any(Number) },
      { ...base, tokens: 4, slices: 3, usPerToken: expect.any(Number), lowest: expect.any(Number) },
    ]);
  });

  it('reports an engine that computes something else, closes it and does not time it', async () => {
    const lines = await measure([{ engine: madeUpEngine({ session: zeros }) }]);
    expect(lines).toEqual(
      [1, 4].map((tokens) => ({
        ...{ bench: 'encoder', model: 'longformer', config: 'A', streams: 2, tokens, engine: 'tfjs-wasm' },
        fault: expect.stringMatching(/^differs from the reference encoder by .*, more than 0.0001$/),
      })),
    );
    expect(zeros.closed).toBe(1);
  });

  it.each([
    ['is missing', { name: 'tfjs-wasm', missing: 'not here' }, 'not here'],
    ['refuses', { engine: madeUpEngine({ refuses: () => 'no room' }) }, 'no room'],
    [
      'would take too much memory',
      { engine: madeUpEngine({ bytes: () => 2e9 }) },
      'takes about 1.86 GiB, and 954 MiB are free',
    ],
    [
      'fails to open',
      { engine: madeUpEngine({ open: () => Promise.reject(new RangeError('all full')) }) },
      'does not open so many streams: all full',
    ],
  ] as const)('skips an engine that %s, with the reason', async (_, entry, skipped) => {
    const lines = await measure([entry]);
    expect(lines.map((line) => ({ ...line }))).toMatchObject([
      { tokens: 1, skipped },
      { tokens: 4, skipped },
    ]);
  });

  it('skips calls that would take too long by what fewer streams took', async () => {
    prices.set('longformer A 4 reference', 400_000);
    const lines = await measure([reference], { streams: 3 });
    expect(lines).toMatchObject([
      { tokens: 4, skipped: 'one call would take about 1.2 s, and 1 s are allowed' },
      { tokens: 1, usPerToken: expect.any(Number) },
    ]);
  });

  it('leaves room for the engines that are open already', async () => {
    const big = { engine: madeUpEngine({ bytes: () => 1.5e9 }) };
    const first = { engine: { ...reference.engine, bytes: () => 1e9 } };
    const lines = await measure([first, big], { bytes: 2e9 });
    expect(lines[0]).toMatchObject({ engine: 'tfjs-wasm', skipped: expect.stringContaining('takes about 1.4 GiB') });
  });
});
