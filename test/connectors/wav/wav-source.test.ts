import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWavHeader, type WavSourceOptions, wavSource } from '../../../connectors/index.ts';
import type { Chunk } from '../../../core/index.ts';
import { inOnePiece, inPieces, outcomeOf } from '../byte-pieces.ts';
import { allSamples, extensibleBody, formatBody, int16Bytes, riff, riffChunk, wav } from './wav-bytes.ts';

interface NodeWav {
  encode(
    channels: readonly Float32Array[],
    options: { sampleRate: number; float: boolean; bitDepth: number },
  ): Uint8Array;
  decode(bytes: Uint8Array): { readonly sampleRate: number; readonly channelData: readonly Float32Array[] };
}

const require = createRequire(import.meta.url);
const nodeWav = require('node-wav') as NodeWav;
const speechPath = require.resolve('node-wav/file.wav');

async function read(bytes: Uint8Array, options: WavSourceOptions = {}): Promise<readonly Chunk[]> {
  const { items, error } = await outcomeOf(wavSource({ stream: inOnePiece(bytes), ...options }).open());
  if (error !== undefined) throw error;
  return items;
}

async function samplesOf(bytes: Uint8Array, options: WavSourceOptions = {}): Promise<number[]> {
  return allSamples(await read(bytes, options));
}

describe('wavSource against node-wav', () => {
  it('gives back the float32 samples that node-wav encoded, bit for bit', async () => {
    const frames = fc.array(fc.tuple(unit(), unit()), { minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(frames, async (values) => {
        const left = Float32Array.from(values, (frame) => frame[0]);
        const right = Float32Array.from(values, (frame) => frame[1]);
        const bytes = new Uint8Array(nodeWav.encode([left, right], { sampleRate: 8000, float: true, bitDepth: 32 }));
        expect(await samplesOf(bytes)).toEqual(values.flat());
      }),
      { numRuns: 50 },
    );
  });

  it.each([8, 16, 24, 32])('agrees with node-wav on negative PCM of %i bits', async (bitDepth) => {
    const values = Float32Array.from([-1, -0.75, -0.5, -0.125, -0.015625]);
    const bytes = new Uint8Array(nodeWav.encode([values], { sampleRate: 8000, float: false, bitDepth }));
    const theirs = nodeWav.decode(bytes.slice()).channelData[0]!;
    // Its 24-bit decoder takes full scale for a positive number.
    const from = bitDepth === 24 ? 1 : 0;
    expect((await samplesOf(bytes)).slice(from)).toEqual(Array.from(theirs).slice(from));
  });

  it('reads the 60 s recording as node-wav does, apart from its scale of 32767 for positive samples', async () => {
    const theirs = nodeWav.decode(new Uint8Array(readFileSync(speechPath))).channelData[0]!;
    const chunks: Chunk[] = [];
    for await (const chunk of wavSource({ path: speechPath }).open()) chunks.push(chunk);
    expect(chunks.every((chunk) => chunk.sampleRateHz === 16000 && chunk.channels === 1)).toBe(true);
    const ours = allSamples(chunks);
    expect(ours.length).toBe(theirs.length);
    const integers = Array.from(theirs, (value) => Math.round(value < 0 ? value * 32768 : value * 32767));
    expect(ours.findIndex((value, index) => value !== integers[index]! / 32768)).toBe(-1);
  });
});

describe('wavSource formats', () => {
  it('reads every int16 as v / 32768', async () => {
    const values = Array.from({ length: 65536 }, (_, index) => index - 32768);
    const samples = await samplesOf(wav({}, int16Bytes(values)));
    expect(samples).toEqual(values.map((value) => value / 32768));
  });

  it('reads unsigned 8-bit PCM around 128', async () => {
    expect(await samplesOf(wav({ bitsPerSample: 8 }, Uint8Array.of(0, 64, 128, 255)))).toEqual([
      -1,
      -0.5,
      0,
      127 / 128,
    ]);
  });

  it('reads 24-bit PCM with its sign', async () => {
    const data = Uint8Array.of(0, 0, 0x80, 0xff, 0xff, 0xff, 1, 0, 0, 0xff, 0xff, 0x7f);
    const expected = [-1, -1 / 8388608, 1 / 8388608, 8388607 / 8388608];
    expect(await samplesOf(wav({ bitsPerSample: 24 }, data))).toEqual(expected);
  });

  it('rounds 32-bit PCM to float32', async () => {
    const data = new Uint8Array(Int32Array.of(-2147483648, 2147483647, 1 << 30, -1).buffer);
    expect(await samplesOf(wav({ bitsPerSample: 32 }, data))).toEqual([-1, 1, 0.5, -(2 ** -31)]);
  });

  it('rounds float64 to float32', async () => {
    const data = new Uint8Array(Float64Array.of(0.1, -0.2, 1).buffer);
    const samples = await samplesOf(wav({ tag: 3, bitsPerSample: 64 }, data));
    expect(samples).toEqual([Math.fround(0.1), Math.fround(-0.2), 1]);
  });

  it.each([
    ['alaw', 6],
    ['mulaw', 7],
  ] as const)('expands every %s code as CPython does', async (name, tag) => {
    const tables = JSON.parse(readFileSync(new URL('./g711.json', import.meta.url), 'utf8'));
    const codes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const samples = await samplesOf(wav({ tag, bitsPerSample: 8 }, codes));
    expect(samples.map((value) => value * 32768 + 0)).toEqual(tables[name]);
  });

  it('reads WAVE_FORMAT_EXTENSIBLE by its sub-format', async () => {
    const data = new Uint8Array(Float32Array.of(0.5, -0.25).buffer);
    const format = extensibleBody({ tag: 3, bitsPerSample: 32, channels: 2 });
    const chunks = await read(riff([riffChunk('fmt ', format), riffChunk('data', data)]));
    expect(chunks[0]!.channels).toBe(2);
    expect(allSamples(chunks)).toEqual([0.5, -0.25]);
  });

  it('averages the channels when asked for mono', async () => {
    const bytes = wav({ channels: 2 }, int16Bytes([16384, 0, -32768, 0]));
    const chunks = await read(bytes, { channelMix: 'mono' });
    expect(chunks[0]!.channels).toBe(1);
    expect(allSamples(chunks)).toEqual([0.25, -0.5]);
  });

  it('numbers the chunks by their first sample and keeps their length', async () => {
    const chunks = await read(wav({ channels: 2 }, int16Bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])), {
      chunkSamples: 2,
      streamId: 'mic',
    });
    expect(chunks.map((chunk) => [chunk.streamId, chunk.startSample, chunk.samples.length / 2])).toEqual([
      ['mic', 0, 2],
      ['mic', 2, 2],
      ['mic', 4, 1],
    ]);
  });
});

describe('wavSource containers', () => {
  const data = int16Bytes([100, 200, 300]);
  const expected = [100, 200, 300].map((value) => value / 32768);
  const format = riffChunk('fmt ', formatBody());

  it('passes over unknown chunks of odd length with their padding', async () => {
    const odd = riffChunk('LIST', Uint8Array.of(1, 2, 3));
    expect(await samplesOf(riff([odd, format, odd, riffChunk('data', data), odd]))).toEqual(expected);
  });

  it('passes over a chunk of 64 MB that arrives piece by piece', async () => {
    const length = 64 * 2 ** 20;
    const head = riff([riffChunk('LIST', new Uint8Array(0), length)]);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield head;
      for (let sent = 0; sent < length; sent += 65536) yield new Uint8Array(65536);
      yield Buffer.concat([format, riffChunk('data', data)]);
    }
    const { items } = await outcomeOf(wavSource({ stream: pieces() }).open());
    expect(allSamples(items)).toEqual(expected);
  });

  it.each([0xffffffff, 0x7ffff000, 0x7fffffff, 0x80000000, 0])(
    'reads to the end where a pipe declares %i bytes',
    async (size) => {
      const unknown = riff([format, riffChunk('data', data, size)], { size: size === 0 ? 36 : size });
      expect(await samplesOf(unknown)).toEqual(expected);
      expect((await readWavHeader({ stream: inOnePiece(unknown) })).dataBytes).toBeUndefined();
    },
  );

  it('takes a data size of 0 for no samples where more chunks are declared after it', async () => {
    const bytes = riff([format, riffChunk('data', new Uint8Array(0)), riffChunk('LIST', Uint8Array.of(1, 2))]);
    await expect(samplesOf(bytes)).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
  });

  it.each(['RF64', 'BW64'])('takes the size of an %s file from its ds64 chunk', async (id) => {
    const sizes = Buffer.alloc(28);
    sizes.writeBigUInt64LE(100n, 0);
    sizes.writeBigUInt64LE(6n, 8);
    const bytes = riff([riffChunk('ds64', sizes), format, riffChunk('data', data, 0xffffffff), data], {
      id,
      size: 0xffffffff,
    });
    expect(await samplesOf(bytes)).toEqual(expected);
  });

  it('tells the header alone', async () => {
    expect(await readWavHeader({ path: speechPath })).toEqual({
      encoding: 'pcm',
      bitsPerSample: 16,
      channels: 1,
      sampleRateHz: 16000,
      blockAlignBytes: 2,
      dataOffset: 44,
      dataBytes: 1918464,
    });
  });
});

describe('wavSource under any split of its bytes', () => {
  it('gives identical chunks', async () => {
    const values = Array.from({ length: 200 }, (_, index) => ((index * 7919) % 65536) - 32768);
    const bytes = riff([
      riffChunk('LIST', Uint8Array.of(1, 2, 3)),
      riffChunk('fmt ', formatBody({ channels: 2 })),
      riffChunk('data', int16Bytes(values)),
    ]);
    const whole = await read(bytes, { chunkSamples: 33 });
    const sizes = fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(sizes, async (pieceSizes) => {
        const source = wavSource({ stream: inPieces(bytes, pieceSizes), chunkSamples: 33 });
        expect((await outcomeOf(source.open())).items).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });
});

function unit(): fc.Arbitrary<number> {
  return fc.float({ min: -1, max: 1, noNaN: true });
}
