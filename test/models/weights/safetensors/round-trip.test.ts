import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseSafetensors,
  requireFinite,
  type TensorData,
  writeSafetensors,
} from '../../../../models/weights/index.ts';
import { entry, faultOf, littleEndian, rawFile } from './raw-file.ts';

const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
const int = (bits: number): fc.Arbitrary<number> => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const count = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1);

function tensor(dtype: NonNullable<TensorData['dtype']>, value: fc.Arbitrary<number>): fc.Arbitrary<TensorData> {
  return shape.chain((sizes) =>
    fc
      .array(value, { minLength: count(sizes), maxLength: count(sizes) })
      .map((values) => ({ shape: sizes, values, dtype })),
  );
}

/** Numbers that float16 and bfloat16 both hold. */
const coarse = fc
  .record({ n: int(8), exponent: fc.integer({ min: -7, max: 7 }) })
  .map(({ n, exponent }) => n * 2 ** exponent);
const anyTensor = fc.oneof(
  tensor('F32', fc.float()),
  tensor('F16', coarse),
  tensor('BF16', coarse),
  tensor('I8', int(8)),
  tensor('F64', fc.double()),
  tensor('I32', int(32)),
);
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const name = fc
  .oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', '', 'a"b\\c'))
  .filter((n) => n !== '__metadata__');
const anyFile = fc.record({
  tensors: fc.array(fc.tuple(name, anyTensor), { maxLength: 6 }).map((entries) => new Map(entries)),
  metadata: fc.array(fc.tuple(text, text), { maxLength: 4 }).map((entries) => new Map(entries)),
});

describe('writeSafetensors and parseSafetensors', () => {
  it('give every tensor and all metadata back', () => {
    fc.assert(
      fc.property(anyFile, ({ tensors, metadata }) => {
        const file = parseSafetensors(writeSafetensors(tensors, { metadata }));
        expect(file.metadata).toEqual(metadata);
        expect(new Set(file.tensors.keys())).toEqual(new Set(tensors.keys()));
        for (const [key, { shape: sizes, values, dtype }] of tensors) {
          expect(file.tensors.get(key)).toMatchObject({ name: key, dtype, shape: sizes });
          const read =
            dtype === 'F64' ? file.readFloat64(key) : dtype === 'I32' ? file.readIntegers(key) : file.read(key);
          expect(Array.from(read)).toEqual(values);
        }
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it('start the data at a multiple of 8 and every tensor at a multiple of its numbers', () => {
    const bytesOf = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I8: 1, U8: 1, BOOL: 1 };
    fc.assert(
      fc.property(anyFile, ({ tensors, metadata }) => {
        const bytes = writeSafetensors(tensors, { metadata });
        expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
        for (const { begin, dtype } of parseSafetensors(bytes).tensors.values()) expect(begin % bytesOf[dtype]).toBe(0);
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  it('write the same bytes in whatever order the maps hold their entries', () => {
    fc.assert(
      fc.property(anyFile, ({ tensors, metadata }) => {
        const backwards = writeSafetensors(new Map([...tensors].reverse()), {
          metadata: new Map([...metadata].reverse()),
        });
        expect(backwards).toEqual(writeSafetensors(tensors, { metadata }));
      }),
      { numRuns: 100, seed: 4 },
    );
  });
});

describe('writeSafetensors', () => {
  it('writes exactly the bytes of the format', () => {
    const tensors = new Map([['w', { shape: [1, 2], values: [1, -2] }]]);
    const header = `{"__metadata__":{"format":"pt"},${entry('w', 'F32', '[1,2]', '[0,8]')}}`;
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    const wanted = rawFile(padded, [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
    expect(writeSafetensors(tensors, { metadata: new Map([['format', 'pt']]) })).toEqual(wanted);
  });

  it('puts larger numbers first and sorts by name among equals', () => {
    const one = (dtype: NonNullable<TensorData['dtype']>): TensorData => ({ shape: [], values: [1], dtype });
    const tensors = new Map([
      ['a', one('I8')],
      ['d', one('F32')],
      ['c', one('F32')],
      ['b', one('BF16')],
      ['e', one('F64')],
    ]);
    expect([...parseSafetensors(writeSafetensors(tensors)).tensors.keys()]).toEqual(['e', 'c', 'd', 'b', 'a']);
  });

  it('uses the dtype of the options where a tensor names none', () => {
    const tensors = new Map<string, TensorData>([
      ['a', { shape: [1], values: [1.0001] }],
      ['b', { shape: [1], values: [1.0001], dtype: 'F64' }],
    ]);
    const file = parseSafetensors(writeSafetensors(tensors, { dtype: 'BF16' }));
    expect([file.tensors.get('a')?.dtype, file.tensors.get('b')?.dtype]).toEqual(['BF16', 'F64']);
    expect(file.read('a')).toEqual(Float32Array.of(1));
  });

  it.each([
    ['WEIGHTS_MISMATCH', 'values', { shape: [2, 2], values: [1, 2, 3] }],
    ['WEIGHTS_UNSUPPORTED', 'got 0.5 at index 1', { shape: [2], values: [1, 0.5], dtype: 'I8' }],
    ['WEIGHTS_UNSUPPORTED', 'got 128 at index 0', { shape: [1], values: [128], dtype: 'I8' }],
    ['WEIGHTS_UNSUPPORTED', 'got 2147483648 at index 0', { shape: [1], values: [2 ** 31], dtype: 'I32' }],
    ['WEIGHTS_UNSUPPORTED', 'got NaN at index 0', { shape: [1], values: [Number.NaN], dtype: 'I32' }],
    ['WEIGHTS_MALFORMED', 'shape', { shape: [-1], values: [] }],
    ['WEIGHTS_MALFORMED', 'shape', { shape: [0.5], values: [] }],
    ['WEIGHTS_MALFORMED', '2^53', { shape: [2 ** 30, 2 ** 30], values: [] }],
  ] as const)('refuses a tensor with %s, saying "%s"', (code, part, data) => {
    const fault = faultOf(() => writeSafetensors(new Map<string, TensorData>([['w', data]])));
    expect([fault.code, fault.message]).toEqual([code, expect.stringContaining(part)]);
  });

  it.each([['__metadata__'], ['x'.repeat(1025)], ['\ud800']])('refuses the name %j', (bad) => {
    const fault = faultOf(() => writeSafetensors(new Map([[bad, { shape: [], values: [0] }]])));
    expect([fault.code, fault.message]).toEqual(['WEIGHTS_MALFORMED', expect.stringContaining('name')]);
  });

  it('refuses metadata that UTF-8 cannot hold', () => {
    const fault = faultOf(() => writeSafetensors(new Map(), { metadata: new Map([['key', '\udc00']]) }));
    expect([fault.code, fault.message]).toEqual(['WEIGHTS_MALFORMED', expect.stringContaining('"key"')]);
  });
});

describe('Safetensors', () => {
  const longs = (values: readonly bigint[]): Uint8Array =>
    littleEndian(8, values.length, (view, at, i) => view.setBigInt64(at, values[i]!, true));

  it('reads I64 up to the largest safe integers as float64', () => {
    const values = [0n, -1n, BigInt(Number.MAX_SAFE_INTEGER), BigInt(Number.MIN_SAFE_INTEGER)];
    const file = parseSafetensors(rawFile(`{${entry('ids', 'I64', '[4]', '[0,32]')}}`, longs(values)));
    expect(file.readIntegers('ids')).toEqual(Float64Array.from(values, Number));
  });

  it('refuses an I64 value of 2^53, naming tensor and index', () => {
    const file = parseSafetensors(rawFile(`{${entry('ids', 'I64', '[2]', '[0,16]')}}`, longs([1n, 2n ** 53n])));
    const fault = faultOf(() => file.readIntegers('ids'));
    expect([fault.code, fault.message]).toEqual([
      'WEIGHTS_UNSUPPORTED',
      expect.stringMatching(/"ids".*9007199254740992 at index 1/),
    ]);
  });

  it('reads U8, I8 and BOOL as integers', () => {
    const header = `{${entry('u', 'U8', '[2]', '[0,2]')},${entry('i', 'I8', '[2]', '[2,4]')},${entry('b', 'BOOL', '[2]', '[4,6]')}}`;
    const file = parseSafetensors(rawFile(header, [0, 255, 127, 128, 0, 1]));
    expect([file.readIntegers('u'), file.readIntegers('i'), file.readIntegers('b')]).toEqual([
      Int32Array.of(0, 255),
      Int32Array.of(127, -128),
      Int32Array.of(0, 1),
    ]);
  });

  it('refuses a BOOL that is neither 0 nor 1', () => {
    const file = parseSafetensors(rawFile(`{${entry('mask', 'BOOL', '[3]', '[0,3]')}}`, [0, 1, 2]));
    const fault = faultOf(() => file.readIntegers('mask'));
    expect([fault.code, fault.message]).toEqual([
      'WEIGHTS_MALFORMED',
      expect.stringMatching(/"mask".*got 2 at index 2/),
    ]);
  });

  it('reads aligned F32 and I8 as views of the bytes', () => {
    const tensors = new Map<string, TensorData>([
      ['w', { shape: [2], values: [1, 2] }],
      ['q', { shape: [2], values: [-3, 3], dtype: 'I8' }],
    ]);
    const bytes = writeSafetensors(tensors);
    const file = parseSafetensors(bytes);
    expect(file.read('w').buffer).toBe(bytes.buffer);
    expect(file.readInt8('q').buffer).toBe(bytes.buffer);
    expect(file.readInt8('q')).toEqual(Int8Array.of(-3, 3));
  });

  it.each([1, 2, 3, 5])('reads the same from bytes that start %i bytes into a buffer', (offset) => {
    const dtypes = ['F32', 'F16', 'BF16', 'I8'] as const;
    const tensors = new Map<string, TensorData>(
      dtypes.map((dtype) => [dtype, { shape: [3], values: [1, -2, 3], dtype }]),
    );
    tensors.set('F64', { shape: [1], values: [0.1], dtype: 'F64' });
    tensors.set('I32', { shape: [1], values: [-7], dtype: 'I32' });
    const bytes = writeSafetensors(tensors);
    const moved = Buffer.alloc(bytes.length + offset)
      .fill(bytes, offset)
      .subarray(offset);
    const file = parseSafetensors(moved);
    for (const dtype of dtypes) expect(file.read(dtype)).toEqual(Float32Array.of(1, -2, 3));
    expect(file.readFloat64('F64')).toEqual(Float64Array.of(0.1));
    expect(file.readIntegers('I32')).toEqual(Int32Array.of(-7));
  });

  it('says so when there is no such tensor', () => {
    const fault = faultOf(() => parseSafetensors(rawFile('{}')).read('constructor'));
    expect([fault.code, fault.message]).toEqual(['WEIGHTS_MISMATCH', expect.stringContaining('"constructor"')]);
  });

  it.each(['read', 'readFloat64', 'readInt8', 'readIntegers'] as const)(
    'refuses with %s a dtype that it does not take',
    (read) => {
      const dtype = read === 'read' ? 'I32' : 'F32';
      const file = parseSafetensors(rawFile(`{${entry('w', dtype, '[1]', '[0,4]')}}`, [0, 0, 0, 0]), {
        source: 'x.st',
      });
      const fault = faultOf(() => file[read]('w'));
      expect([fault.code, fault.message]).toEqual(['WEIGHTS_UNSUPPORTED', expect.stringMatching(/^x\.st: .*"w"/)]);
    },
  );
});

describe('requireFinite', () => {
  it('returns finite numbers as they are', () => {
    const values = Float32Array.of(1, -0, 3e38);
    expect(requireFinite('w', values)).toBe(values);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses %d, naming tensor and index',
    (bad) => {
      const fault = faultOf(() => requireFinite('layer.weight', Float64Array.of(0, 0, bad)));
      expect([fault.code, fault.message]).toEqual([
        'WEIGHTS_NOT_FINITE',
        `Expected "layer.weight" to be finite, got ${bad} at index 2`,
      ]);
    },
  );
});
