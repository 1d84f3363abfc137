import { describe, expect, it } from 'vitest';
import { csvSource, detectFormat, detectInput, stdinInput, stdinSource, wavSource } from '../../../connectors/index.ts';
import { inPieces, outcomeOf } from '../byte-pieces.ts';
import { allSamples, int16Bytes, wav } from '../wav/wav-bytes.ts';

describe('detectFormat', () => {
  it.each(['RIFF', 'RF64', 'BW64'])('takes %s for WAV', (word) => {
    expect(detectFormat(Buffer.from(word))).toBe('wav');
    expect(detectFormat(Buffer.from(`${word}....WAVE`))).toBe('wav');
  });

  it.each(['', 'RIF', 'riff', 'time,v', '\ufefftime'])('takes %j for CSV', (text) => {
    expect(detectFormat(Buffer.from(text))).toBe('csv');
  });
});

describe('detectInput', () => {
  it.each([1, 3, 4, 7, 1000])('gives back the whole WAV that comes in pieces of %i bytes', async (size) => {
    const { format, input } = await detectInput(stdinInput(inPieces(wav({}, int16Bytes([16384, -16384])), [size])));
    expect(format).toBe('wav');
    expect(allSamples((await outcomeOf(wavSource(input).open())).items)).toEqual([0.5, -0.5]);
  });

  it.each([1, 1000])('gives back the whole CSV that comes in pieces of %i bytes', async (size) => {
    const { format, input } = await detectInput(stdinInput(inPieces(Buffer.from('v\n1\n'), [size])));
    expect(format).toBe('csv');
    expect(allSamples((await outcomeOf(csvSource(input).open())).items)).toEqual([1]);
  });

  it('leaves an empty input to the CSV reader, which reports it', async () => {
    const { input } = await detectInput(stdinInput(inPieces(new Uint8Array(0), [1])));
    expect((await outcomeOf(csvSource(input).open())).error).toMatchObject({
      code: 'INPUT_EMPTY',
      place: { source: 'stdin' },
    });
  });
});

describe('stdinSource', () => {
  it('refuses another format', () => {
    const options = { format: 'mp3' } as unknown as { readonly format: 'wav' };
    expect(() => stdinSource(options)).toThrow('Expected `format` to be one of wav, csv, got "mp3"');
  });
});
