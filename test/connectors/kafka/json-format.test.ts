import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeJsonRecord, jsonDecoder } from '../../../connectors/kafka/index.ts';
import { type Chunk, ConfigError, InputError } from '../../../core/index.ts';
import { record } from './records.ts';

const json = (value: unknown, key = 'stream') => record({ key, value: JSON.stringify(value) });

describe('JSON records', () => {
  it('are one row or an array of rows of named columns', () => {
    const decoder = jsonDecoder();
    const one = decoder.decode(json({ time: '2014-04-01 00:00:05', load: 0.1, memory: 7 }));
    expect(one).toMatchObject({ streamId: 'stream', startSample: 0, channels: 2, sampleRateHz: 0 });
    expect(one.samples).toEqual(Float64Array.of(0.1, 7));
    expect(one.timeTexts).toEqual(['2014-04-01 00:00:05']);
    expect(one.eventTimesMs).toEqual(Float64Array.of(Date.UTC(2014, 3, 1, 0, 0, 5)));
    expect(one.eventTimeMs).toBe(Date.UTC(2014, 3, 1, 0, 0, 5));
    const many = decoder.decode(
      json([
        { memory: 9, load: 1, time: '2014-04-01T00:00:06Z' },
        { load: 2, memory: 8, time: '2014-04-01T02:00:07+02:00' },
      ]),
    );
    expect(many.samples).toEqual(Float64Array.of(1, 9, 2, 8));
    expect(many.startSample).toBe(1);
    expect(many.eventTimesMs).toEqual(Float64Array.of(Date.UTC(2014, 3, 1, 0, 0, 6), Date.UTC(2014, 3, 1, 0, 0, 7)));
    expect(decoder.columns('stream')).toEqual(['load', 'memory']);
  });

  it('may begin with a byte order mark, which in a key makes another key', () => {
    const decoder = jsonDecoder();
    const value = '\uFEFF{"v":1}';
    const starts = ['k', '\uFEFFk', 'k'].map((key) => decoder.decode(record({ key, value })));
    expect(starts.map(({ streamId, startSample }) => [streamId, startSample])).toEqual([
      ['k', 0],
      ['\uFEFFk', 0],
      ['k', 1],
    ]);
  });

  it('count rows by stream, and start where `row` says', () => {
    const decoder = jsonDecoder();
    const starts = [
      decoder.decode(json([{ v: 1 }, { v: 2 }], 'a')),
      decoder.decode(json({ v: 1 }, 'b')),
      decoder.decode(json({ v: 3 }, 'a')),
      decoder.decode(
        json(
          [
            { v: 1, row: 50 },
            { v: 2, row: 51 },
          ],
          'b',
        ),
      ),
      decoder.decode(json({ v: 1 }, 'b')),
    ].map(({ startSample }) => startSample);
    expect(starts).toEqual([0, 0, 2, 50, 52]);
  });

  it('have no time, or the record timestamp when asked for', () => {
    const given = record({ value: '{"v":1}', timestampMs: 99 });
    const chunk = jsonDecoder().decode(given);
    expect([chunk.eventTimeMs, chunk.timeTexts]).toEqual([undefined, undefined]);
    expect(jsonDecoder({ eventTimeFallback: 'record-timestamp' }).decode(given).eventTimeMs).toBe(99);
  });

  it('take seconds and milliseconds since 1970, judged on the first row of a stream', () => {
    const seconds = jsonDecoder().decode(
      json([
        { time: 1.5, v: 0 },
        { time: 2, v: 0 },
      ]),
    );
    expect(seconds.eventTimesMs).toEqual(Float64Array.of(1500, 2000));
    expect(seconds.timeTexts).toEqual(['1.5', '2']);
    expect(jsonDecoder().decode(json({ time: 1_396_310_400_000, v: 0 })).eventTimeMs).toBe(Date.UTC(2014, 3, 1));
  });

  it('give only the columns that are asked for, in their order', () => {
    const chunk = jsonDecoder({ valueColumns: ['b', 'a'], timeColumn: 'at' }).decode(
      json({ a: 1, b: 2, note: 'x', at: '2014-04-01' }),
    );
    expect(chunk.samples).toEqual(Float64Array.of(2, 1));
    expect(chunk.timeTexts).toEqual(['2014-04-01']);
  });

  it('leave the decoder as it was when they are malformed, and can be decoded again from a mark', () => {
    const decoder = jsonDecoder();
    decoder.decode(json({ v: 1 }));
    const mark = decoder.mark();
    expect(() => decoder.decode(json([{ v: 1 }, { v: 'x' }]))).toThrow(InputError);
    expect(decoder.decode(json({ v: 2 })).startSample).toBe(1);
    expect(decoder.decode(json({ v: 3 })).startSample).toBe(2);
    decoder.rewind(mark);
    expect(decoder.decode(json({ v: 2 })).startSample).toBe(1);
  });

  it('give back the chunk they were made of', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat()), {
          minLength: 1,
          maxLength: 9,
        }),
        fc.nat(),
        (rows, startSample) => {
          const chunk: Chunk = {
            ...{ streamId: 'stream', startSample, sampleRateHz: 0, channels: 2 },
            samples: Float64Array.from(rows.flatMap(([a, b]) => [a + 0, b])), // JSON has no -0
            eventTimeMs: 0,
            eventTimesMs: Float64Array.from(rows, (_, i) => 1000 * i),
            timeTexts: rows.map((_, i) => `1970-01-01T00:00:0${i}Z`),
          };
          const { value, key } = encodeJsonRecord(chunk, ['a', 'b']);
          expect(jsonDecoder().decode(record({ key, value }))).toEqual(chunk);
        },
      ),
    );
  });

  it.each([
    ['no JSON', '{"v":', 'Expected the value to be JSON'],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'Expected the value to be UTF-8'],
    ['no rows', '[]', 'Expected 1..3 rows, got 0'],
    ['too many rows', '[{"v":1},{"v":1},{"v":1},{"v":1}]', 'Expected 1..3 rows, got 4'],
    ['a row that is no object', '[{"v":1},[2]]', 'Expected row 1 of the value to be an object, got [2]'],
    ['no columns', '{"time":1}', 'Expected a row to have 1..64 value columns, got 0'],
    ['a text for a value', '{"v":"1"}', 'Expected `v` of the row to be a number, got "1"'],
    ['null for a value', '{"v":null}', 'Expected `v` of the row to be a number, got null'],
    ['a missing column', '[{"v":1},{"w":1}]', 'Expected `v` of row 1 of the value to be a number, got no such field'],
    ['a further column', '[{"v":1},{"v":1,"w":1}]', 'got also "w"'],
    ['an infinite value', '{"v":1e999}', 'Expected `v` of the row to be finite, got Infinity'],
    [
      'a bad time',
      '{"v":1,"time":"noon"}',
      'Expected `time` of the row to be an ISO 8601 date or a number, got "noon"',
    ],
    ['a time in one row only', '[{"v":1,"time":5},{"v":1}]', 'Expected `time` of row 1 of the value to be a number'],
    ['a negative row', '{"v":1,"row":-1}', 'Expected `row` of the row to be an integer in 0..'],
    ['rows with a gap', '[{"v":1,"row":1},{"v":1,"row":3}]', 'Expected `row` of row 1 of the value to be 2, got 3'],
  ])('with %s are malformed, at their place', (_, value, message) => {
    const decode = () => jsonDecoder({ maxRows: 3 }).decode(record({ value }));
    expect(decode).toThrow(InputError);
    expect(decode).toThrow(message);
    expect(decode).toThrow('topic in, partition 2, offset 7: ');
  });

  it('may name a column as a property that every object has', () => {
    const decoder = jsonDecoder();
    expect(decoder.decode(record({ value: '{"__proto__":1,"toString":2}' })).samples).toEqual(Float64Array.of(1, 2));
    expect(() => decoder.decode(record({ value: '{"__proto__":1}' }))).toThrow('`toString` of the row to be a number');
  });

  it('whose time goes back are refused, each stream by itself, and the next one is read as if they had not come', () => {
    const decoder = jsonDecoder();
    const at = (second: number, key = 'a') => json({ time: `2026-01-01T00:00:0${second}Z`, v: 1 }, key);
    decoder.decode(at(5));
    const refused = expect.objectContaining({ name: 'InputError', code: 'TIME_NOT_MONOTONIC' });
    expect(() => decoder.decode(at(4))).toThrow(refused);
    expect(() =>
      decoder.decode(
        json(
          [
            { time: 1767225606, v: 1 },
            { time: 1767225605, v: 1 },
          ],
          'c',
        ),
      ),
    ).toThrow(refused);
    expect(decoder.decode(at(3, 'b')).startSample).toBe(0);
    expect(decoder.decode(at(5)).startSample).toBe(1);
  });

  it('of more streams than allowed are refused', () => {
    const decoder = jsonDecoder({ maxStreams: 1 });
    decoder.decode(json({ v: 1 }, 'a'));
    expect(() => decoder.decode(json({ v: 1 }, 'b'))).toThrow('Expected at most 1 streams, got another: "b"');
    expect(decoder.decode(json({ v: 1 }, 'a')).startSample).toBe(1);
  });

  it('of any JSON at all give a chunk or an InputError', () => {
    const rows = fc.oneof(fc.jsonValue(), fc.array(fc.dictionary(fc.constantFrom('v', 'time', 'row'), fc.jsonValue())));
    fc.assert(
      fc.property(rows, (value) => {
        try {
          const chunk = jsonDecoder().decode(json(value));
          expect(chunk.samples.every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });

  it('need columns that fit', () => {
    expect(() => jsonDecoder({ valueColumns: [] })).toThrow(ConfigError);
    expect(() => jsonDecoder({ valueColumns: ['a', 'a'] })).toThrow(ConfigError);
    const chunk = { streamId: 's', startSample: 0, sampleRateHz: 0, channels: 1, eventTimeMs: undefined };
    expect(() => encodeJsonRecord({ ...chunk, samples: Float64Array.of(1) }, [])).toThrow(ConfigError);
  });
});
