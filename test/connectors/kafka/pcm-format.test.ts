import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePcmRecord, type OutgoingRecord, pcmDecoder } from '../../../connectors/kafka/index.ts';
import { type Chunk, ConfigError, InputError } from '../../../core/index.ts';
import { record } from './records.ts';

const HEADERS = { 'lw-format': 'pcm_s16le', 'lw-sample-rate': '16000', 'lw-channels': '1', 'lw-start-sample': '0' };

const asRead = (sent: OutgoingRecord) =>
  record({ key: sent.key, value: sent.value, headers: sent.headers ?? {}, timestampMs: sent.timestampMs ?? 1 });

describe('PCM records', () => {
  it('are little-endian 16-bit integers over 32768', () => {
    const value = Uint8Array.from([0x00, 0x00, 0x00, 0x80, 0xff, 0x7f, 0x00, 0x40]);
    const chunk = pcmDecoder().decode(record({ value, headers: { ...HEADERS, 'lw-start-sample': '48000' } }));
    expect(chunk.samples).toEqual(Float32Array.of(0, -1, 32767 / 32768, 0.5));
    expect(chunk).toMatchObject({ streamId: 'stream', startSample: 48000, sampleRateHz: 16000, channels: 1 });
    expect(chunk.eventTimeMs).toBeUndefined();
  });

  it('take the record timestamp as event time only when asked to', () => {
    const given = record({ value: Uint8Array.of(0, 0), headers: HEADERS, timestampMs: 1234 });
    expect(pcmDecoder().decode(given).eventTimeMs).toBeUndefined();
    expect(pcmDecoder({ eventTimeFallback: 'record-timestamp' }).decode(given).eventTimeMs).toBe(1234);
  });

  it('read a value that is a slice of a pool at an odd address', () => {
    const pool = Uint8Array.of(9, 0x00, 0x40, 9);
    expect(pcmDecoder().decode(record({ value: pool.subarray(1, 3), headers: HEADERS })).samples).toEqual(
      Float32Array.of(0.5),
    );
  });

  it('give back every bit of a float32 chunk', () => {
    const chunks = fc.record({
      streamId: fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
      startSample: fc.nat(),
      sampleRateHz: fc.double({ min: 0.001, max: 192_000, noNaN: true }),
      channels: fc.integer({ min: 1, max: 4 }),
      frames: fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 4, maxLength: 40 }),
      eventTimeMs: fc.option(fc.double({ min: 0, max: 4e12, noNaN: true }), { nil: undefined }),
    });
    fc.assert(
      fc.property(chunks, ({ frames, ...rest }) => {
        const samples = Float32Array.from(frames.slice(0, frames.length - (frames.length % rest.channels)));
        const chunk: Chunk = { ...rest, samples };
        const read = pcmDecoder().decode(asRead(encodePcmRecord(chunk)));
        expect({ ...read, samples: 0 }).toEqual({ ...chunk, samples: 0 });
        expect(Buffer.from(read.samples.buffer)).toEqual(Buffer.from(samples.buffer));
      }),
    );
  });

  it('clip and round 16-bit samples to the nearest step', () => {
    const samples = Float32Array.of(-2, -1, 0.5, 1, 0.4 / 32768, 0.6 / 32768);
    const chunk = { streamId: 's', startSample: 0, sampleRateHz: 8000, channels: 1, samples, eventTimeMs: undefined };
    const read = pcmDecoder().decode(asRead(encodePcmRecord(chunk, { format: 'pcm_s16le' })));
    expect(read.samples).toEqual(Float32Array.of(-1, -1, 0.5, 32767 / 32768, 0, 1 / 32768));
  });

  it('are not made of float64 rows', () => {
    const chunk = { streamId: 's', startSample: 0, sampleRateHz: 1, channels: 1, eventTimeMs: undefined };
    expect(() => encodePcmRecord({ ...chunk, samples: Float64Array.of(1) })).toThrow(ConfigError);
  });

  it.each([
    ['no key', { key: null }, 'Expected the key to be the stream id, got none'],
    ['a key that is not UTF-8', { key: Uint8Array.of(0xff) }, 'Expected the key to be UTF-8'],
    ['a long key', { key: 'k'.repeat(1025) }, 'Expected the key to be at most 1024 bytes, got 1025'],
    ['a tombstone', { value: null }, 'Expected a value, got a tombstone'],
    ['an empty value', { value: '' }, 'Expected a value, got 0 bytes'],
    ['half a sample', { value: 'abc' }, 'to hold whole samples of 2 bytes (pcm_s16le, 1 channels), got 3 bytes'],
    ['an oversized value', { value: 'x'.repeat(102) }, 'to be at most 100 bytes, got 102'],
    ['an unknown format', { headers: { ...HEADERS, 'lw-format': 'mp3' } }, '`lw-format` to be pcm_s16le or pcm_f32le'],
    ['no format', { headers: {} }, 'Expected header `lw-format` to be pcm_s16le or pcm_f32le, got none'],
    ['no rate', { headers: { 'lw-format': 'pcm_s16le' } }, 'Expected header `lw-sample-rate` to be a number in'],
    ['a rate of 0', { headers: { ...HEADERS, 'lw-sample-rate': '0.0' } }, '`lw-sample-rate` to be above 0'],
    ['an infinite rate', { headers: { ...HEADERS, 'lw-sample-rate': '1e999' } }, 'Expected header `lw-sample-rate`'],
    ['65 channels', { headers: { ...HEADERS, 'lw-channels': '65' } }, 'to be an integer in 1..64, got "65"'],
    ['half a channel', { headers: { ...HEADERS, 'lw-channels': '1.5' } }, 'to be an integer in 1..64, got "1.5"'],
    ['a hexadecimal start', { headers: { ...HEADERS, 'lw-start-sample': '0x10' } }, 'got "0x10"'],
    ['a start past 2^53', { headers: { ...HEADERS, 'lw-start-sample': '9007199254740991' } }, '`lw-start-sample`'],
    ['a long header', { headers: { ...HEADERS, 'lw-channels': '1'.repeat(65) } }, 'to be at most 64 bytes, got 65'],
    ['a bad time', { headers: { ...HEADERS, 'lw-event-time-ms': 'today' } }, '`lw-event-time-ms` to be a number'],
  ])('with %s are malformed, at their place', (_, parts, message) => {
    const decode = () =>
      pcmDecoder({ maxRecordBytes: 100 }).decode(record({ value: 'ab', headers: HEADERS, ...parts }));
    expect(decode).toThrow(InputError);
    expect(decode).toThrow(message);
    expect(decode).toThrow('topic in, partition 2, offset 7: ');
  });

  it('with a value that is not finite name the sample and channel', () => {
    const value = new Uint8Array(Float32Array.of(0, 1, 2, Number.NaN).buffer);
    const headers = { ...HEADERS, 'lw-format': 'pcm_f32le', 'lw-channels': '2', 'lw-start-sample': '100' };
    expect(() => pcmDecoder().decode(record({ value, headers }))).toThrow(
      'topic in, partition 2, offset 7: Expected sample 101, channel 1 to be finite, got NaN',
    );
  });

  it('of any bytes and headers at all give a chunk or an InputError', () => {
    const names = fc.constantFrom('lw-format', 'lw-sample-rate', 'lw-channels', 'lw-start-sample', 'lw-event-time-ms');
    const texts = fc.oneof(fc.constantFrom('pcm_f32le', '1', '2', '-1', '1e5', ''), fc.string());
    fc.assert(
      fc.property(
        fc.dictionary(names, texts),
        fc.uint8Array({ maxLength: 64 }),
        fc.uint8Array(),
        (given, value, key) => {
          try {
            const chunk = pcmDecoder().decode(record({ key, value, headers: { ...HEADERS, ...given } }));
            expect(chunk.samples.length % chunk.channels).toBe(0);
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
    );
  });
});
