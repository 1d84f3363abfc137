import { describe, expect, it } from 'vitest';
import { wavSource } from '../../../connectors/index.ts';
import { type Chunk, InputError, LongwaveError, Random } from '../../../core/index.ts';
import { inOnePiece, inPieces, type Outcome, outcomeOf } from '../byte-pieces.ts';
import {
  allSamples,
  extensibleBody,
  type FormatFields,
  formatBody,
  int16Bytes,
  riff,
  riffChunk,
  wav,
} from './wav-bytes.ts';

function read(bytes: Uint8Array, chunkSamples = 4): Promise<Outcome<Chunk>> {
  return outcomeOf(wavSource({ stream: inOnePiece(bytes), name: 'mic.wav', chunkSamples }).open());
}

const data = riffChunk('data', int16Bytes([1, 2]));
const format = riffChunk('fmt ', formatBody());

function withFormat(fields: FormatFields): Uint8Array {
  return riff([riffChunk('fmt ', formatBody(fields)), data]);
}

function foreignGuid(): Uint8Array {
  const body = extensibleBody();
  body[30] = 0x77;
  return riff([riffChunk('fmt ', body), data]);
}

const CORPUS: readonly (readonly [name: string, bytes: Uint8Array, code: string, byteOffset: number])[] = [
  ['nothing', new Uint8Array(0), 'INPUT_EMPTY', 0],
  ['a text', Buffer.from('timestamp,value\n1,2\n'), 'WAV_MALFORMED', 0],
  ['the first bytes of RIFF alone', Buffer.from('RIF'), 'WAV_TRUNCATED', 0],
  ['another form', riff([format, data], { form: 'AVI ' }), 'WAV_MALFORMED', 8],
  ['no chunk', riff([]), 'WAV_MALFORMED', 12],
  ['half a chunk header', riff([Buffer.from('fmt')]), 'WAV_TRUNCATED', 12],
  ['data before fmt', riff([data, format]), 'WAV_MALFORMED', 12],
  ['no data', riff([format]), 'WAV_MALFORMED', 36],
  ['two formats', riff([format, format, data]), 'WAV_MALFORMED', 36],
  ['a short format', riff([riffChunk('fmt ', new Uint8Array(14)), data]), 'WAV_MALFORMED', 20],
  ['a format of 4 GB', riff([riffChunk('fmt ', formatBody(), 0xfffffff0), data]), 'WAV_MALFORMED', 16],
  ['a format above 64 KiB', riff([riffChunk('fmt ', new Uint8Array(65538)), data]), 'WAV_MALFORMED', 16],
  ['half a format', riff([riffChunk('fmt ', formatBody().subarray(0, 8), 16)]), 'WAV_TRUNCATED', 20],
  ['no channel', withFormat({ channels: 0 }), 'WAV_MALFORMED', 22],
  ['65 channels', withFormat({ channels: 65 }), 'WAV_UNSUPPORTED', 22],
  ['65535 channels', withFormat({ channels: 65535, blockAlignBytes: 65535 }), 'WAV_UNSUPPORTED', 22],
  ['a rate of 0', withFormat({ sampleRateHz: 0 }), 'WAV_MALFORMED', 24],
  ['a rate of 4 GHz', withFormat({ sampleRateHz: 0xffffffff }), 'WAV_UNSUPPORTED', 24],
  ['a block of 0 bytes', withFormat({ blockAlignBytes: 0 }), 'WAV_MALFORMED', 32],
  ['a block of 65535 bytes', withFormat({ blockAlignBytes: 65535 }), 'WAV_MALFORMED', 32],
  ['12 bits', withFormat({ bitsPerSample: 12 }), 'WAV_UNSUPPORTED', 34],
  ['float of 16 bits', withFormat({ tag: 3 }), 'WAV_UNSUPPORTED', 34],
  ['ADPCM', withFormat({ tag: 2 }), 'WAV_UNSUPPORTED', 20],
  ['MP3 in a WAV', withFormat({ tag: 0x55 }), 'WAV_UNSUPPORTED', 20],
  ['a short extensible format', withFormat({ tag: 0xfffe }), 'WAV_MALFORMED', 20],
  ['a foreign sub-format', foreignGuid(), 'WAV_UNSUPPORTED', 44],
  ['a short ds64', riff([riffChunk('ds64', new Uint8Array(8)), format, data], { id: 'RF64' }), 'WAV_MALFORMED', 16],
  ['a chunk beyond the end', riff([riffChunk('LIST', new Uint8Array(4), 1e9)]), 'WAV_TRUNCATED', 12],
  ['half a sample declared', riff([format, riffChunk('data', new Uint8Array(3))]), 'WAV_MALFORMED', 40],
  ['no sample', riff([format, riffChunk('data', new Uint8Array(0))]), 'INPUT_EMPTY', 44],
];

describe('wavSource on hostile input', () => {
  it.each(CORPUS)('refuses %s', async (_, bytes, code, byteOffset) => {
    const { items, error } = await read(bytes);
    expect(items).toEqual([]);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ code, place: { source: 'mic.wav', byteOffset } });
    expect((error as InputError).message).toMatch(/^mic\.wav, byte \d+: Expected /);
  });

  it('delivers what arrived of a truncated file, then names declared and received bytes', async () => {
    const { items, error } = await read(wav({}, int16Bytes([1, 2, 3, 4, 5, 6]), 2000));
    expect(allSamples(items)).toEqual([1, 2, 3, 4, 5, 6].map((value) => value / 32768));
    expect(error).toMatchObject({ code: 'WAV_TRUNCATED', place: { byteOffset: 56 } });
    expect((error as Error).message).toContain('2000');
    expect((error as Error).message).toContain('12');
  });

  it('delivers whole samples of a pipe that ends inside one, then reports it', async () => {
    const bytes = riff([format, riffChunk('data', Uint8Array.of(0, 64, 7), 0xffffffff)], { size: 0xffffffff });
    const { items, error } = await read(bytes.subarray(0, bytes.length - 1));
    expect(allSamples(items)).toEqual([0.5]);
    expect(error).toMatchObject({ code: 'WAV_TRUNCATED' });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'delivers the samples before %d of a float file, then names its sample and channel',
    async (bad) => {
      const values = Float32Array.of(0.5, 0.25, 0.125, 0, 0, 0, 0, 0, 0.5, 0.5, 0.5, bad);
      const { items, error } = await read(
        wav({ tag: 3, channels: 2, bitsPerSample: 32 }, new Uint8Array(values.buffer)),
      );
      expect(allSamples(items)).toEqual(Array.from(values.subarray(0, 10)));
      expect(error).toMatchObject({ code: 'VALUE_NOT_FINITE', place: { byteOffset: 84 } });
      expect((error as Error).message).toContain('sample 5 of channel 1');
    },
  );

  it('refuses a float64 sample beyond float32', async () => {
    const { error } = await read(wav({ tag: 3, bitsPerSample: 64 }, new Uint8Array(Float64Array.of(1e300).buffer)));
    expect(error).toMatchObject({ code: 'VALUE_NOT_FINITE' });
  });

  it('reports a missing file and a folder as unreadable', async () => {
    for (const path of ['no-such-file.wav', 'test']) {
      const { error } = await outcomeOf(wavSource({ path }).open());
      expect(error).toMatchObject({ code: 'INPUT_UNREADABLE', place: { source: path } });
    }
  });

  it.each([{ chunkSamples: 0 }, { chunkSamples: 1.5 }, { chunkSamples: 65537 }])('refuses the option %o', (option) => {
    expect(() => wavSource({ path: 'x.wav', ...option })).toThrow(/Expected `chunkSamples`/);
  });

  it('refuses no input and two inputs', () => {
    expect(() => wavSource({})).toThrow(/Expected exactly one of/);
    expect(() => wavSource({ path: 'x.wav', stream: inOnePiece(new Uint8Array(0)) })).toThrow(
      /Expected exactly one of/,
    );
  });

  it('answers 2000 random mutations of a WAV with samples or a typed error, never with more than was sent', async () => {
    const values = Float32Array.from({ length: 64 }, (_, index) => Math.sin(index));
    const bytes = riff([
      riffChunk('LIST', Uint8Array.of(1, 2, 3)),
      riffChunk('fmt ', extensibleBody({ tag: 3, channels: 2, bitsPerSample: 32 })),
      riffChunk('data', new Uint8Array(values.buffer)),
    ]);
    const random = new Random(20);
    for (let turn = 0; turn < 2000; turn++) {
      const mutated = mutate(bytes, random);
      const source = wavSource({ stream: inPieces(mutated, [1 + (random.nextUint32() % 64)]), chunkSamples: 16 });
      const { items, error } = await outcomeOf(source.open());
      if (error !== undefined) expect(error).toBeInstanceOf(LongwaveError);
      expect(allSamples(items).length).toBeLessThanOrEqual(mutated.length);
      for (const { samples } of items) expect(samples.buffer.byteLength).toBeLessThanOrEqual(4 * mutated.length);
    }
  });
});

/** Flips, inserts or deletes a few bytes, more often in the header, or cuts the end off. */
function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const list = Array.from(bytes);
  const edits = 1 + (random.nextUint32() % 4);
  for (let edit = 0; edit < edits; edit++) {
    const reach = random.nextUnit() < 0.8 ? Math.min(90, list.length) : list.length;
    const at = random.nextUint32() % Math.max(1, reach);
    const kind = random.nextUint32() % 8;
    if (kind === 0) list.splice(at, 1);
    else if (kind === 1) list.splice(at, 0, random.nextUint32() & 0xff);
    else if (kind === 2) list.length = at;
    else if (kind === 3) list[at] = random.nextUnit() < 0.5 ? 0xff : 0;
    else list[at] = random.nextUint32() & 0xff;
  }
  return Uint8Array.from(list);
}
