import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMPRESSIONS, type Compression, loadCodec, MAX_BATCH_BYTES } from '../../../connectors/kafka/codecs/index.ts';

const HAS_ZSTD = 'zstdCompress' in (await import('node:zlib'));
const HERE = COMPRESSIONS.filter(
  (name): name is Exclude<Compression, 'none'> => name !== 'none' && (name !== 'zstd' || HAS_ZSTD),
);

describe.each(HERE)('the codec %s', (name) => {
  it('gives back what it took', async () => {
    const codec = await loadCodec(name);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 100 }), async (bytes, times) => {
        const given = Buffer.concat(Array.from({ length: times }, () => bytes));
        expect((await codec.decompress(await codec.compress(given))).equals(given)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  // Node 22 takes the beginning of a zstd frame for the whole; newer ones do not.
  it.skipIf(name === 'zstd')('refuses what is damaged by an error that the client does not try again', async () => {
    const codec = await loadCodec(name);
    const whole = await codec.compress(Buffer.from('a row and a row and a row and a row'));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        const error = await codec.decompress(whole.subarray(0, length)).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'CONNECTOR_FAILED', retryable: false, retriable: false });
        expect(error).toMatchObject({ message: expect.stringContaining(`Expected a batch of records to be ${name}`) });
      }),
    );
  });

  it('never takes noise for more than an error', async () => {
    const codec = await loadCodec(name);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (noise) => {
        const outcome = await codec.decompress(Buffer.from(noise)).catch((thrown: unknown) => thrown);
        if (!Buffer.isBuffer(outcome)) expect(outcome).toMatchObject({ code: 'CONNECTOR_FAILED' });
      }),
      { numRuns: 300 },
    );
  });
});

describe('what a batch says of its size', () => {
  const tooMuch = expect.stringContaining(`at most ${MAX_BATCH_BYTES} bytes`);

  it('is believed before anything is allocated: snappy', async () => {
    const gigabytes = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]);
    await expect((await loadCodec('snappy')).decompress(gigabytes)).rejects.toMatchObject({ message: tooMuch });
  });

  it('is reckoned from the blocks of a frame: lz4', async () => {
    const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]); // independent blocks of up to 4 MiB
    const block = Buffer.concat([Buffer.from([0x00, 0x80, 0x00, 0x00]), Buffer.alloc(0x8000)]);
    const frame = Buffer.concat([header, ...Array.from({ length: 65 }, () => block), Buffer.alloc(4)]);
    await expect((await loadCodec('lz4')).decompress(frame)).rejects.toMatchObject({ message: tooMuch });
  });

  it('is found out at the bound: gzip', async () => {
    const bomb = gzipSync(Buffer.alloc(MAX_BATCH_BYTES + 1), { level: 1 });
    await expect((await loadCodec('gzip')).decompress(bomb)).rejects.toMatchObject({ code: 'CONNECTOR_FAILED' });
  });
});

describe('the formats', () => {
  it('of gzip is that of the system', async () => {
    const bytes = Buffer.from('rows');
    const codec = await loadCodec('gzip');
    expect(gunzipSync(await codec.compress(bytes))).toEqual(bytes);
    expect(await codec.decompress(gzipSync(bytes))).toEqual(bytes);
  });

  it('of snappy may be framed in blocks, as by the Java client, or bare, as by others', async () => {
    const codec = await loadCodec('snappy');
    // Snappy format description: the length, then a literal: its length less one, shifted by two.
    const bare = (text: string) =>
      Buffer.concat([Buffer.from([text.length, (text.length - 1) << 2]), Buffer.from(text)]);
    expect(String(await codec.decompress(bare('row')))).toBe('row');
    const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00, 0, 0, 0, 1, 0, 0, 0, 1]);
    const framed = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, text.length + 2]), bare(text)]);
    expect(String(await codec.decompress(Buffer.concat([header, framed('a row'), framed(' more')])))).toBe(
      'a row more',
    );
  });

  it('of zstd needs a Node that has it', async () => {
    if (HAS_ZSTD) return expect(await loadCodec('zstd')).toBeDefined();
    await expect(loadCodec('zstd')).rejects.toMatchObject({
      code: 'DEPENDENCY_MISSING',
      message: expect.stringContaining('Expected Node 22.15 or newer'),
    });
  });
});
