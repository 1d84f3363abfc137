import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { csvSource, memorySource, stdinSource, wavSource } from '../../connectors/index.ts';
import type { Chunk } from '../../core/index.ts';
import { checkSource } from '../checks/source-checks.ts';
import { countedInput, cut, isOpen } from './counted-input.ts';
import { int16Bytes, wav } from './wav/wav-bytes.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'longwave-sources-')));
afterAll(() => rmSync(folder, { recursive: true }));

const COUNT = 4000;
const values = Array.from({ length: COUNT }, (_, index) => index);
const wavBytes = wav({}, int16Bytes(values));
const csvBytes = new TextEncoder().encode(`time,v\n${values.map((value) => `${value},${value / 8}\n`).join('')}`);
const wavPath = join(folder, 'speech.wav');
const csvPath = join(folder, 'cpu.csv');
writeFileSync(wavPath, wavBytes);
writeFileSync(csvPath, csvBytes);

const samples = (chunks: readonly Chunk[]): number[] => chunks.flatMap((chunk) => Array.from(chunk.samples));
const wavExpected = values.map((value) => value / 32768);
const csvExpected = values.map((value) => value / 8);
/** 44 bytes of header and 16 samples of 2 bytes in 100 bytes: two pieces at most for one chunk. */
const WAV_PIECE = 100;
const WAV_CHUNK = { chunkSamples: 16 };

checkSource<Chunk>({
  name: 'wavSource of a path',
  make: () => ({ source: wavSource({ path: wavPath, ...WAV_CHUNK }), released: () => !isOpen(wavPath) }),
  content: samples,
  expected: wavExpected,
  piecesPerItem: 1,
  makeFaulty: () => ({ source: wavSource({ path: csvPath }), code: 'WAV_MALFORMED' }),
});

checkSource<Chunk>({
  name: 'wavSource of a stream',
  make: () => {
    const input = countedInput(cut(wavBytes, WAV_PIECE));
    return { source: wavSource({ stream: input.stream, ...WAV_CHUNK }), ...input };
  },
  content: samples,
  expected: wavExpected,
  piecesPerItem: 2,
  makeSilent: () => ({
    source: wavSource({ stream: countedInput([wavBytes.subarray(0, 80)], 'silent').stream, ...WAV_CHUNK }),
  }),
  makeFaulty: () => ({ source: wavSource({ stream: brokenStream() }), code: 'INPUT_UNREADABLE' }),
});

checkSource<Chunk>({
  name: 'csvSource of a path',
  make: () => ({ source: csvSource({ path: csvPath, rowsPerChunk: 16 }), released: () => !isOpen(csvPath) }),
  content: samples,
  expected: csvExpected,
  piecesPerItem: 1,
  makeFaulty: () => ({ source: csvSource({ path: csvPath, values: ['x'] }), code: 'CSV_COLUMN_MISSING' }),
});

checkSource<Chunk>({
  name: 'csvSource of a stream',
  make: () => {
    const input = countedInput(cut(csvBytes, 100));
    return { source: csvSource({ stream: input.stream, rowsPerChunk: 16 }), ...input };
  },
  content: samples,
  expected: csvExpected,
  piecesPerItem: 1,
  makeSilent: () => ({
    source: csvSource({ stream: countedInput([csvBytes.subarray(0, 100)], 'silent').stream }),
  }),
  makeFaulty: () => ({ source: csvSource({ stream: brokenStream() }), code: 'INPUT_UNREADABLE' }),
});

checkSource<Chunk>({
  name: 'stdinSource of WAV',
  make: () => {
    const input = countedInput(cut(wavBytes, WAV_PIECE));
    return { source: stdinSource({ format: 'wav', stdin: input.stream, ...WAV_CHUNK }), ...input };
  },
  content: samples,
  expected: wavExpected,
  piecesPerItem: 2,
  makeSilent: () => ({
    source: stdinSource({ format: 'wav', stdin: silentPipe(wavBytes.subarray(0, 80)), ...WAV_CHUNK }),
  }),
  makeFaulty: () => ({ source: stdinSource({ format: 'wav', stdin: brokenStream() }), code: 'INPUT_UNREADABLE' }),
});

checkSource<Chunk>({
  name: 'stdinSource of CSV',
  make: () => {
    const input = countedInput(cut(csvBytes, 100));
    return { source: stdinSource({ format: 'csv', stdin: input.stream }), ...input };
  },
  content: samples,
  expected: csvExpected,
  piecesPerItem: 1,
  makeSilent: () => ({ source: stdinSource({ format: 'csv', stdin: silentPipe(csvBytes.subarray(0, 100)) }) }),
  makeFaulty: () => ({ source: stdinSource({ format: 'csv', stdin: brokenStream() }), code: 'INPUT_UNREADABLE' }),
});

checkSource<Uint8Array>({
  name: 'memorySource',
  make: () => {
    const input = countedInput(cut(csvBytes, 100));
    return { source: memorySource(input.stream), ...input };
  },
  content: (items) => Buffer.concat(items).toString(),
  expected: Buffer.from(csvBytes).toString(),
  piecesPerItem: 1,
  makeSilent: () => ({ source: memorySource(countedInput([csvBytes], 'silent').stream) }),
});

describe('sources that can be opened again', () => {
  it('read a file anew at each open', async () => {
    const source = wavSource({ path: wavPath });
    for (let turn = 0; turn < 2; turn++) {
      const chunks: Chunk[] = [];
      for await (const chunk of source.open()) chunks.push(chunk);
      expect(samples(chunks)).toEqual(wavExpected);
    }
  });

  it('refuse to read a stream twice', async () => {
    const source = csvSource({ stream: countedInput([csvBytes]).stream });
    for await (const _ of source.open());
    await expect(source.open()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
  });
});

/** A Node stream like `process.stdin` whose other side stays open and says no more. */
function silentPipe(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  const pipe = new Readable({ read: () => undefined });
  pipe.push(bytes);
  return pipe;
}

async function* brokenStream(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(0);
  throw new TypeError('the cable is cut');
}
