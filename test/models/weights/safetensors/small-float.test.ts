import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBfloat16,
  decodeFloat16,
  encodeBfloat16,
  encodeFloat16,
} from '../../../../models/weights/safetensors/small-float.ts';

const EVERY_PATTERN = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

interface Format {
  readonly name: string;
  readonly fractionBits: number;
  /** The smallest subnormal is two to this power. */
  readonly unitExponent: number;
  readonly infinity: number;
  readonly encode: (value: number) => number;
  readonly decode: (bits: Uint16Array) => Float32Array;
}

const formats: readonly Format[] = [
  {
    name: 'float16',
    fractionBits: 10,
    unitExponent: -24,
    infinity: 0x7c00,
    encode: encodeFloat16,
    decode: decodeFloat16,
  },
  {
    name: 'bfloat16',
    fractionBits: 7,
    unitExponent: -133,
    infinity: 0x7f80,
    encode: encodeBfloat16,
    decode: decodeBfloat16,
  },
];

/** The magnitude of a pattern without sign, as a whole number of the smallest subnormals; infinity is the next step. */
function units(bits: number, { fractionBits }: Format): bigint {
  const field = bits >>> fractionBits;
  const fraction = BigInt(bits & ((1 << fractionBits) - 1));
  return field === 0 ? fraction : (fraction | (1n << BigInt(fractionBits))) << BigInt(field - 1);
}

/** A finite float64 magnitude as a whole number of 2^-1074. */
function exactUnits(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const field = bits >> 52n;
  const fraction = bits & ((1n << 52n) - 1n);
  return field === 0n ? fraction : (fraction | (1n << 52n)) << (field - 1n);
}

/** The nearest pattern, ties to even, found by bisection over all patterns with exact integers. */
function nearestPattern(value: number, format: Format): number {
  const exact = exactUnits(value);
  const step = BigInt(1074 + format.unitExponent);
  const at = (bits: number): bigint => units(bits, format) << step;
  let low = 0;
  let high = format.infinity;
  if (exact >= at(high)) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at(middle) <= exact) low = middle;
    else high = middle;
  }
  const below = exact - at(low);
  const above = at(high) - exact;
  return below < above || (below === above && low % 2 === 0) ? low : high;
}

const sign = (value: number): number => (Object.is(Math.sign(value), -0) || value < 0 ? 0x8000 : 0);

/** Numbers on, just below and just above the middle between two neighbours of the format. */
function nearTies(format: Format): fc.Arbitrary<number> {
  return fc
    .record({
      low: fc.integer({ min: 0, max: format.infinity - 1 }),
      nudge: fc.constantFrom(-1n, 0n, 1n),
      minus: fc.boolean(),
    })
    .map(({ low, nudge, minus }) => {
      const middle = (Number(units(low, format)) + Number(units(low + 1, format))) * 2 ** (format.unitExponent - 1);
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, middle);
      view.setBigUint64(0, view.getBigUint64(0) + nudge);
      return minus ? -view.getFloat64(0) : view.getFloat64(0);
    });
}

describe.each(formats)('$name', (format) => {
  it('widens every finite pattern to the number that its bits spell', () => {
    const values = format.decode(EVERY_PATTERN);
    const wrong = [...EVERY_PATTERN].filter((bits) => {
      const magnitude = bits & 0x7fff;
      if (magnitude >= format.infinity) return false;
      const wanted = Number(units(magnitude, format)) * 2 ** format.unitExponent;
      return !Object.is(values[bits], bits & 0x8000 ? -wanted : wanted);
    });
    expect(wrong).toEqual([]);
  });

  it('widens infinities and every NaN pattern to infinities and NaN', () => {
    const values = format.decode(EVERY_PATTERN);
    expect(values[format.infinity]).toBe(Number.POSITIVE_INFINITY);
    expect(values[format.infinity | 0x8000]).toBe(Number.NEGATIVE_INFINITY);
    const nans = [...EVERY_PATTERN].filter((bits) => Number.isNaN(values[bits]));
    expect(nans).toEqual([...EVERY_PATTERN].filter((bits) => (bits & 0x7fff) > format.infinity));
  });

  it('gives every pattern but NaN back after widening and rounding', () => {
    const values = format.decode(EVERY_PATTERN);
    const changed = [...EVERY_PATTERN].filter(
      (bits) => (bits & 0x7fff) <= format.infinity && format.encode(values[bits]!) !== bits,
    );
    expect(changed).toEqual([]);
  });

  it('rounds any float64 to the nearest pattern, ties to even', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), nearTies(format)), (value) => {
        expect(format.encode(value)).toBe(sign(value) | nearestPattern(value, format));
      }),
      { numRuns: 5000, seed: 1 },
    );
  });

  it('writes NaN as one quiet NaN', () => {
    const bits = format.encode(Number.NaN);
    expect(bits & format.infinity).toBe(format.infinity);
    expect(bits & (1 << (format.fractionBits - 1))).not.toBe(0);
  });
});

describe('encodeFloat16', () => {
  it.each([
    [65504, 0x7bff, 'the largest number'],
    [65519.996, 0x7bff, 'just below the middle to infinity'],
    [65520, 0x7c00, 'the middle to infinity, whose even neighbour is infinity'],
    [Number.NEGATIVE_INFINITY, 0xfc00, 'infinity'],
    [2 ** -14, 0x0400, 'the smallest normal number'],
    [2 ** -24, 0x0001, 'the smallest subnormal'],
    [2 ** -25, 0x0000, 'half of the smallest subnormal, a tie to zero'],
    [2 ** -25 * 1.0001, 0x0001, 'just above half of the smallest subnormal'],
    [3 * 2 ** -25, 0x0002, 'a tie between subnormals'],
    [1023.5 * 2 ** -24, 0x0400, 'a tie that carries from subnormal to normal'],
    [1 + 2 ** -11, 0x3c00, 'a tie above one'],
    [1 + 3 * 2 ** -11, 0x3c02, 'the next tie above one'],
    [1 + 2 ** -11 + 2 ** -40, 0x3c01, 'above a tie by less than float32 can hold'],
    [-0, 0x8000, 'minus zero'],
  ])('writes %d as %i: %s', (value, bits) => {
    expect(encodeFloat16(value)).toBe(bits);
  });
});

describe('encodeBfloat16', () => {
  it.each([
    [1, 0x3f80, 'one'],
    [1 + 2 ** -8, 0x3f80, 'a tie above one'],
    [1 + 3 * 2 ** -8, 0x3f82, 'the next tie above one'],
    [2 ** -133, 0x0001, 'the smallest subnormal'],
    [2 ** -126, 0x0080, 'the smallest normal number'],
    [255 * 2 ** 120, 0x7f7f, 'the largest number'],
    [511 * 2 ** 119, 0x7f80, 'the middle to infinity'],
    [Number.MAX_VALUE, 0x7f80, 'far beyond the range'],
  ])('writes %d as %i: %s', (value, bits) => {
    expect(encodeBfloat16(value)).toBe(bits);
  });
});
