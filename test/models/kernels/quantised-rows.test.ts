import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../core/index.ts';
import type { CacheRows, Engine } from '../../../models/kernels/engine/index.ts';
import { ReferenceEngine } from '../../../models/kernels/reference/index.ts';
import { createWasmEngine } from '../../../models/kernels/wasm/index.ts';
import { fill } from './wasm/bits.ts';

const LARGEST = { int16: 32767, int8: 127 } as const;
type Integers = keyof typeof LARGEST;

const engines: Readonly<Record<string, (cachePrecision: Integers) => Engine>> = {
  wasm: (cachePrecision) => createWasmEngine({ passRows: 1, cachePrecision }),
  reference: (cachePrecision) => new ReferenceEngine({ passRows: 1, cachePrecision }),
};
const places = Object.keys(engines).flatMap((engine) =>
  (['int16', 'int8'] as const).flatMap((precision) =>
    (['window', 'table'] as const).map((place) => ({ engine, precision, place })),
  ),
);
type Where = (typeof places)[number];

/** Stores a key and a value of one head and reads them back. */
function stored({ engine, precision, place }: Where, key: Float32Array, value: Float32Array): CacheRows {
  const made = (engines[engine] as (typeof engines)[string])(precision);
  const headDim = key.length;
  const [keys, values] = [made.rows(headDim), made.rows(headDim)];
  fill(keys, key);
  fill(values, value);
  if (place === 'table') {
    const table = made.openTable({ heads: 1, headDim, slots: 2 });
    table.store(keys, values, { from: 0, count: 1, position: 3 });
    return table.read(3, 4);
  }
  const cache = made.openWindow({ heads: 1, headDim, window: 3, lookAhead: 0, dilation: [1], sinks: 0, globals: 0 });
  cache.store(keys, values, { from: 0, count: 1, kinds: Uint8Array.of(1) });
  return cache.read().rows;
}

/** Half the distance of the numbers below the normal range of float32. */
const TINY = 2 ** -150;

describe.each(places)('keys and values in $precision in a $place of the engine $engine', (where) => {
  const largest = LARGEST[where.precision];

  it('are the largest magnitude over M as scale and the nearest integers, none off by more than half a scale and rounding', () => {
    const numbers = fc.record({
      headDim: fc.integer({ min: 1, max: 40 }),
      seed: fc.nat(),
      // From numbers below the normal range to such near its end.
      exponent: fc.integer({ min: -148, max: 126 }),
      spread: fc.constantFrom(0, 4, 30),
    });
    fc.assert(
      fc.property(numbers, ({ headDim, seed, exponent, spread }) => {
        const random = new Random(seed);
        const vector = () =>
          new Float32Array(headDim).map(
            () => random.nextSymmetric(1) * 2 ** Math.max(-160, exponent - Math.floor(random.nextUnit() * spread)),
          );
        const given = [vector(), vector()] as const;
        const { numbers: integers, scales } = stored(where, ...given);
        given.forEach((values, row) => {
          const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
          const scale = scales[row] as number;
          expect(Math.abs(scale - most / largest)).toBeLessThanOrEqual((most / largest) * 2 ** -24 + TINY);
          const allowed = scale * (0.5 + largest * 2 ** -23) + largest * TINY;
          values.forEach((value, c) => {
            const integer = integers[row * headDim + c] as number;
            expect(Math.abs(integer)).toBeLessThanOrEqual(largest);
            expect(Math.abs(integer * scale - value)).toBeLessThanOrEqual(scale === 0 ? most : allowed);
          });
        });
      }),
      { numRuns: 150 },
    );
  });

  it('keep M for the largest value of either sign, and 0 for zeros of either sign', () => {
    const key = Float32Array.of(0, 3.3e-5, -0, -3.3e-5, 1e-9);
    const { numbers, scales } = stored(where, key, new Float32Array(5).fill(-0));
    expect([...numbers]).toEqual([0, largest, 0, -largest, 1e-9 > 1.65e-5 / largest ? 1 : 0, 0, 0, 0, 0, 0]);
    expect([...scales]).toEqual([Math.fround(Math.fround(3.3e-5) / largest), 0]);
  });

  it('round a tie to the even integer', () => {
    // The scale is 1.
    const key = Float32Array.of(largest, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5);
    const { numbers } = stored(where, key, key);
    expect([...numbers.subarray(1, 7)]).toEqual([0, 2, 2, 0, -2, -2]);
  });

  it('are zeros with a scale that says so where a number is NaN or infinite, and where the scale is too small to be a number', () => {
    const { numbers, scales } = stored(where, Float32Array.of(1, Number.NaN, 2), Float32Array.of(1, -Infinity, 2));
    expect([...numbers]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...scales]).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
    const tiny = stored(where, Float32Array.of(1e-45, -1e-45), Float32Array.of(0, 1e-45));
    expect([...tiny.numbers, ...tiny.scales]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
