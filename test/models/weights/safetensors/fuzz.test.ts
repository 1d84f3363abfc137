import { describe, expect, it } from 'vitest';
import { Random, WeightsError } from '../../../../core/index.ts';
import {
  parseSafetensors,
  type Safetensors,
  type TensorInfo,
  writeSafetensors,
} from '../../../../models/weights/index.ts';
import { entry, rawFile } from './raw-file.ts';

const RUNS = 100_000;
const DTYPE_BYTES = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I8: 1, U8: 1, BOOL: 1 };

const written = writeSafetensors(
  new Map([
    ['embed.weight', { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] }],
    ['bias', { shape: [2], values: [0.5, -0.5], dtype: 'F16' }],
    ['scale', { shape: [], values: [2], dtype: 'BF16' }],
    ['q', { shape: [4], values: [1, -1, 127, -128], dtype: 'I8' }],
    ['golden', { shape: [1], values: [0.1], dtype: 'F64' }],
  ] as const),
  { metadata: new Map([['format', 'pt']]) },
);
const others = rawFile(
  `{${entry('ids', 'I64', '[1]', '[0,8]')},${entry('mask', 'BOOL', '[2]', '[8,10]')},${entry('u', 'U8', '[2]', '[10,12]')}}`,
  [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 9, 255],
);
const NUMBERS = [
  '0',
  '1',
  '2',
  '4',
  '8',
  '24',
  '-1',
  '0.5',
  '1e1',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '1e999',
  'null',
];
const WORDS = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '\\u0000',
  '"__proto__"',
  '"F32"',
  '"I8"',
  '"dtype"',
  '[[[[',
  '{"a":',
];

const below = (random: Random, limit: number): number => random.nextUint32() % limit;
const oneOf = <T>(random: Random, all: readonly T[]): T => all[below(random, all.length)]!;

/** Changes the header as text; three times of four its length is put right again. */
function changeHeader(bytes: Uint8Array, random: Random): Uint8Array {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const text = Buffer.from(bytes.subarray(8, 8 + length)).toString('latin1');
  const numbers = [...text.matchAll(/\d+/g)];
  const isNumber = below(random, 4) > 0;
  const number = oneOf(random, numbers);
  const [at, remove] = isNumber ? [number.index, number[0].length] : [below(random, length), below(random, 3)];
  const insert = oneOf(random, isNumber ? NUMBERS : WORDS);
  const changed = text.slice(0, at) + insert + text.slice(at + remove);
  return rawFile(changed, bytes.subarray(8 + length), below(random, 4) === 0 ? length : undefined);
}

function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const kind = below(random, 6);
  if (kind >= 3) return changeHeader(bytes, random);
  if (kind === 0) {
    const flipped = bytes.slice();
    for (let n = 1 + below(random, 4); n > 0; n--) flipped[below(random, bytes.length)]! ^= 1 << below(random, 8);
    return flipped;
  }
  if (kind === 1) return bytes.slice(0, below(random, bytes.length));
  const insert = Uint8Array.from({ length: 1 + below(random, 8) }, () => below(random, 256));
  const at = below(random, bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + below(random, 3))]);
}

/** The reads that fit the dtype, with the most bytes that each may take for one byte of the file. */
function reads(
  file: Safetensors,
  { name, dtype }: TensorInfo,
): readonly (readonly [ArrayLike<number> & ArrayBufferView, number])[] {
  if (dtype === 'F32') return [[file.read(name), 1]];
  if (dtype === 'F16' || dtype === 'BF16') return [[file.read(name), 2]];
  if (dtype === 'F64') return [[file.readFloat64(name), 1]];
  if (dtype === 'I8')
    return [
      [file.readInt8(name), 1],
      [file.read(name), 4],
      [file.readIntegers(name), 4],
    ];
  return [[file.readIntegers(name), dtype === 'I32' || dtype === 'I64' ? 1 : 4]];
}

/** What a parsed file breaks of its promises; nothing for a sound one. */
function breaches(file: Safetensors, fileBytes: number): string[] {
  const found: string[] = [];
  const inOrder = [...file.tensors.values()].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const info of inOrder) {
    const { name, dtype, shape, begin, end } = info;
    const count = shape.reduce((product, size) => product * size, 1);
    if (begin !== covered) found.push(`${name} begins at ${begin}, not at ${covered}`);
    if (end - begin !== count * DTYPE_BYTES[dtype])
      found.push(`${name} has ${end - begin} bytes for ${count} ${dtype}`);
    covered = end;
    for (const [values, factor] of reads(file, info)) {
      if (values.length !== count) found.push(`${name} reads ${values.length} of ${count} numbers`);
      if (values.byteLength > factor * (end - begin)) found.push(`${name} takes ${values.byteLength} bytes`);
    }
  }
  if (covered > fileBytes - 10) found.push(`${covered} bytes of data in a file of ${fileBytes}`);
  return found;
}

/** Changes one byte of the data on top. */
function flipLast(bytes: Uint8Array, random: Random): Uint8Array {
  const flipped = bytes.slice();
  flipped[bytes.length - 1 - below(random, 8)] = below(random, 256);
  return flipped;
}

describe('parseSafetensors', () => {
  it(`reads a mutated file soundly or throws a WeightsError, ${RUNS} times`, () => {
    const random = new Random(20);
    const wrong: string[] = [];
    const outcomes = new Map<string, number>();
    const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    for (let run = 0; run < RUNS; run++) {
      let bytes = mutate(oneOf(random, [written, others]), random);
      if (below(random, 4) === 0 && bytes.length > 100) bytes = flipLast(bytes, random);
      try {
        wrong.push(...breaches(parseSafetensors(bytes), bytes.length));
        count('read');
      } catch (error) {
        if (error instanceof WeightsError) count(error.code);
        else wrong.push(`run ${run}: ${error}`);
      }
    }
    expect(wrong).toEqual([]);
    // Both paths were really taken.
    expect(outcomes.get('read')).toBeGreaterThan(RUNS / 100);
    expect(outcomes.get('WEIGHTS_MALFORMED')).toBeGreaterThan(RUNS / 2);
    expect(outcomes.get('WEIGHTS_UNSUPPORTED')).toBeGreaterThan(RUNS / 1000);
  });
});
