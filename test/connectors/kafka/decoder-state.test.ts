import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonDecoder, pcmDecoder, type RecordDecoder } from '../../../connectors/kafka/index.ts';
import { record } from './records.ts';

const row = fc.record(
  { time: fc.integer({ min: 0, max: 50 }), row: fc.integer({ min: 0, max: 1000 }), a: fc.integer(), b: fc.integer() },
  { requiredKeys: [] },
);
const records = fc.array(
  fc.record({ key: fc.constantFrom('x', 'y'), rows: fc.array(row, { minLength: 1, maxLength: 2 }) }),
  {
    maxLength: 12,
  },
);

/** The chunk of a record, or the code of what is wrong with it. */
function decoded(
  decoder: RecordDecoder,
  { key, rows }: { readonly key: string; readonly rows: readonly object[] },
): unknown {
  try {
    return decoder.decode(record({ key, value: JSON.stringify(rows) }));
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("a decoder's state of one stream", () => {
  it('goes on in another decoder as in its own, through JSON', () => {
    fc.assert(
      fc.property(records, fc.nat(12), (list, split) => {
        const [own, other] = [jsonDecoder(), jsonDecoder()];
        for (const each of list.slice(0, split)) decoded(own, each);
        for (const key of ['y', 'x']) other.restore(key, JSON.parse(JSON.stringify(own.state(key))));
        for (const each of list.slice(split)) expect(decoded(other, each)).toEqual(decoded(own, each));
      }),
    );
  });

  it('is nothing before its first record and after it was forgotten, other streams untouched', () => {
    const decoder = jsonDecoder();
    expect(decoder.state('x')).toBeNull();
    for (const key of ['x', 'y']) decoded(decoder, { key, rows: [{ a: 1 }, { a: 2 }] });
    const other = decoder.state('y');
    decoder.forget('x');
    expect([decoder.state('x'), decoder.state('y')]).toEqual([null, other]);
    expect(decoded(decoder, { key: 'x', rows: [{ b: 1 }] })).toMatchObject({ startSample: 0, channels: 1 });
  });

  it('leaves room for other streams when it is forgotten', () => {
    const decoder = jsonDecoder({ maxStreams: 1 });
    decoded(decoder, { key: 'x', rows: [{ a: 1 }] });
    expect(decoded(decoder, { key: 'y', rows: [{ a: 1 }] })).toBe('RECORD_MALFORMED');
    decoder.forget('x');
    expect(decoded(decoder, { key: 'y', rows: [{ a: 1 }] })).toMatchObject({ streamId: 'y' });
  });

  it('of other columns is refused, and changes nothing', () => {
    const decoder = jsonDecoder({ valueColumns: ['a', 'b'] });
    decoded(decoder, { key: 'x', rows: [{ a: 1, b: 2 }] });
    const before = decoder.state('x');
    const state = { nextRow: 3, columns: ['b', 'a'], timeFormat: null, lastTimeMs: null };
    expect(() => decoder.restore('x', state)).toThrow(expect.objectContaining({ code: 'SNAPSHOT_MODEL_MISMATCH' }));
    expect(decoder.state('x')).toEqual(before);
  });

  const GOOD = { nextRow: 3, columns: ['a'], timeFormat: 'date', lastTimeMs: 5 };
  it.each([
    ['a row that is no index', { ...GOOD, nextRow: -1 }],
    ['a row that is a text', { ...GOOD, nextRow: '3' }],
    ['no columns', { ...GOOD, columns: [] }],
    ['a column twice', { ...GOOD, columns: ['a', 'a'] }],
    ['a column that is no name', { ...GOOD, columns: [1] }],
    ['a time format of its own', { ...GOOD, timeFormat: 'sundial' }],
    ['a time that is a text', { ...GOOD, lastTimeMs: '5' }],
    ['an array', [GOOD]],
    ['a number', 3],
    ['nothing at all', undefined],
  ])('is refused with %s', (_, state) => {
    const fault = expect.objectContaining({ name: 'SnapshotError', code: 'SNAPSHOT_CORRUPT' });
    expect(() => jsonDecoder().restore('x', state)).toThrow(fault);
  });

  it('of PCM has no content, and any other is refused', () => {
    const decoder = pcmDecoder();
    expect(decoder.state('x')).toBeNull();
    decoder.restore('x', null);
    expect(() => decoder.restore('x', GOOD)).toThrow(expect.objectContaining({ code: 'SNAPSHOT_CORRUPT' }));
  });
});
