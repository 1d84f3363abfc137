import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../../../../core/index.ts';
import { ACTIVATIONS, type Engine, type Rows } from '../../../../models/kernels/engine/index.ts';
import {
  applyActivation,
  applyLayerNorm,
  applyLinear,
  applyRotary,
} from '../../../../models/kernels/reference/index.ts';
import { createWasmEngine } from '../../../../models/kernels/wasm/index.ts';
import { arbitraryScale, expectSameBits, fill, numbers, take } from './bits.ts';

const PASS_ROWS = 9;
const size = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(1, 4, 16, 31, 32, 33, 64, 100));
const count = fc.integer({ min: 1, max: PASS_ROWS });

/** Rows amid others: `before` columns to the left and one to the right, all filled with 7, which nobody may touch. */
function inside(
  engine: Engine,
  width: number,
  before: number,
): { readonly rows: Rows; untouched(used: number): boolean } {
  const all = engine.rows(before + width + 1);
  fill(all, new Float32Array(PASS_ROWS * all.width).fill(7));
  const rows = all.columns(before, width);
  const isOutside = (i: number, used: number): boolean => {
    const column = i % all.width;
    return column < before || column >= before + width || Math.floor(i / all.width) >= used;
  };
  return {
    rows,
    untouched: (used) => take(all, PASS_ROWS).every((value, i) => !isOutside(i, used) || value === 7),
  };
}

/** Row `row` of `[n, width]`. */
function rowOf(values: Float32Array, row: number, width: number): Float32Array {
  return values.subarray(row * width, (row + 1) * width);
}

it('linear gives the bits of the reference, whatever the sizes and however many rows run at once', () => {
  fc.assert(
    fc.property(
      fc.record({ inSize: size, outSize: size, count, seed: fc.nat(), scale: arbitraryScale, before: fc.nat(5) }),
      ({ inSize, outSize, count, seed, scale, before }) => {
        const random = new Random(seed);
        const weight = numbers(random, inSize * outSize, scale);
        const layer = { inSize, outSize, weight, bias: numbers(random, outSize, scale) };
        const engine = createWasmEngine({ passRows: PASS_ROWS });
        const map = engine.linear(layer);
        const [x, out] = [inside(engine, inSize, before), inside(engine, outSize, before)];
        const values = numbers(random, count * inSize, scale);
        fill(x.rows, values);
        map.apply(x.rows, out.rows, count);
        const expected = new Float32Array(count * outSize);
        for (let row = 0; row < count; row++) {
          applyLinear(layer, rowOf(values, row, inSize), rowOf(expected, row, outSize));
        }
        expectSameBits(take(out.rows, count), expected);
        expect(out.untouched(count)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

it('LayerNorm gives the bits of the reference, in place too', () => {
  fc.assert(
    fc.property(
      fc.record({ size, count, seed: fc.nat(), scale: arbitraryScale, before: fc.nat(5), isInPlace: fc.boolean() }),
      ({ size, count, seed, scale, before, isInPlace }) => {
        const random = new Random(seed);
        const weight = numbers(random, size, scale);
        const norm = { size, weight, bias: numbers(random, size, scale), eps: Math.fround(1e-5) };
        const engine = createWasmEngine({ passRows: PASS_ROWS });
        const x = inside(engine, size, before);
        const out = isInPlace ? x : inside(engine, size, before);
        const values = numbers(random, count * size, scale);
        fill(x.rows, values);
        engine.layerNorm(norm).apply(x.rows, out.rows, count);
        const expected = new Float32Array(count * size);
        for (let row = 0; row < count; row++) {
          applyLayerNorm(norm, rowOf(values, row, size), rowOf(expected, row, size));
        }
        expectSameBits(take(out.rows, count), expected);
        expect(out.untouched(count)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

it('activations give the bits of the reference', () => {
  fc.assert(
    fc.property(
      fc.record({
        ...{ name: fc.constantFrom(...ACTIVATIONS), size, count, seed: fc.nat(), scale: arbitraryScale },
        ...{ before: fc.nat(5), factor: fc.constantFrom(1, 8, 50) },
      }),
      ({ name, size, count, seed, scale, before, factor }) => {
        const engine = createWasmEngine({ passRows: PASS_ROWS });
        const x = inside(engine, size, before);
        const values = numbers(new Random(seed), count * size, scale).map((value) => value * factor);
        fill(x.rows, values);
        engine.activate(name, x.rows, count);
        applyActivation(name, values);
        expectSameBits(take(x.rows, count), values);
        expect(x.untouched(count)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

it('rotation gives the bits of the reference', () => {
  fc.assert(
    fc.property(
      fc.record({
        ...{ heads: fc.integer({ min: 1, max: 3 }), pairs: fc.integer({ min: 1, max: 20 }), count },
        ...{ seed: fc.nat(), scale: arbitraryScale, before: fc.nat(5) },
      }),
      ({ heads, pairs, count, seed, scale, before }) => {
        const [headDim, random] = [2 * pairs, new Random(seed)];
        const engine = createWasmEngine({ passRows: PASS_ROWS });
        const x = inside(engine, heads * headDim, before);
        const tables = engine.rows(headDim);
        const values = numbers(random, count * heads * headDim, scale);
        const tableValues = numbers(random, count * headDim, scale);
        fill(x.rows, values);
        fill(tables, tableValues);
        engine.rotate(x.rows, tables, count);
        for (let row = 0; row < count; row++) {
          applyRotary(rowOf(values, row, heads * headDim), rowOf(tableValues, row, headDim));
        }
        expectSameBits(take(x.rows, count), values);
        expect(x.untouched(count)).toBe(true);
      },
    ),
  );
});

it.each([
  ['add', (a: number, b: number) => Math.fround(a + b)],
  ['scale', (a: number) => Math.fround(a * Math.fround(0.7))],
  ['divide', (a: number) => Math.fround(a / Math.fround(0.7))],
] as const)('%s works element by element and rounds once', (name, of) => {
  fc.assert(
    fc.property(
      fc.record({ size, count, seed: fc.nat(), scale: arbitraryScale, before: fc.nat(5) }),
      ({ size, count, seed, scale, before }) => {
        const random = new Random(seed);
        const engine = createWasmEngine({ passRows: PASS_ROWS });
        const [x, y] = [inside(engine, size, before), inside(engine, size, before)];
        const [a, b] = [numbers(random, count * size, scale), numbers(random, count * size, scale)];
        fill(x.rows, a);
        fill(y.rows, b);
        if (name === 'add') engine.add(x.rows, y.rows, count);
        else engine[name](x.rows, Math.fround(0.7), count);
        expectSameBits(
          take(x.rows, count),
          a.map((value, i) => of(value, b[i] as number)),
        );
        expect(x.untouched(count)).toBe(true);
      },
    ),
  );
});
