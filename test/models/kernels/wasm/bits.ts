import fc from 'fast-check';
import { expect } from 'vitest';
import type { Random } from '../../../../core/index.ts';
import type { CacheRows, Rows } from '../../../../models/kernels/engine/index.ts';

/** The bits of numbers; every NaN is the same. */
export function bitsOf(values: Float32Array): Uint32Array {
  const bits = new Uint32Array(values.slice().buffer);
  return bits.map((word, i) => (Number.isNaN(values[i]) ? 0x7fc00000 : word));
}

/** Fails unless two arrays hold the same bits; says where they first differ. */
export function expectSameBits(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  const [a, b] = [bitsOf(actual), bitsOf(expected)];
  const at = a.findIndex((word, i) => word !== b[i]);
  if (at >= 0) expect({ at, value: actual[at], bits: a[at] }).toEqual({ at, value: expected[at], bits: b[at] });
}

/** Fails unless keys and values are stored in the same bits. */
export function expectSameRows(actual: CacheRows, expected: CacheRows): void {
  if (actual.numbers instanceof Float32Array && expected.numbers instanceof Float32Array) {
    expectSameBits(actual.numbers, expected.numbers);
  } else expect(actual.numbers).toEqual(expected.numbers);
  expectSameBits(actual.scales, expected.scales);
}

/** What numbers a test takes: everyday ones, or also such at the ends of float32. */
export const arbitraryScale = fc.constantFrom('plain', 'plain', 'wide', 'wild');
export type Scale = 'plain' | 'wide' | 'wild';

const WILD = [0, -0, 1e-45, -3e-41, 1e-38, 3e38, -3e38, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];

/** Random numbers: symmetric about 0; `wide` over 60 binary orders, `wild` with zeros of both signs, denormals, infinities and NaN in it. */
export function numbers(random: Random, length: number, scale: Scale): Float32Array {
  const below = (n: number): number => Math.floor(random.nextUnit() * n);
  return new Float32Array(length).map(() => {
    const value = random.nextSymmetric(2);
    if (scale === 'plain') return value;
    if (scale === 'wild' && below(8) === 0) return WILD[below(WILD.length)] as number;
    return value * 2 ** (below(60) - 30);
  });
}

/** Puts `values` `[count, width]` into rows 0 .. count − 1. */
export function fill(rows: Rows, values: Float32Array): void {
  values.forEach((value, i) => {
    rows.data[rows.offset + Math.floor(i / rows.width) * rows.stride + (i % rows.width)] = value;
  });
}

/** Rows 0 .. count − 1 as `[count, width]`. */
export function take(rows: Rows, count: number): Float32Array {
  return new Float32Array(count * rows.width).map(
    (_, i) => rows.data[rows.offset + Math.floor(i / rows.width) * rows.stride + (i % rows.width)] as number,
  );
}
