import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Committed, type CommittedRecord, compare, idFaults } from '../../../bench/faults/verdict.ts';

const record = (place: number, value = `v${place}`, stream = 'pump'): CommittedRecord => ({
  id: `embedding/${stream}/0-0/${place}/model`,
  bytes: JSON.stringify([stream, value]),
});
const range = (from: number, to: number): CommittedRecord[] =>
  Array.from({ length: to - from }, (_, i) => record(from + i));
const expected: Committed = [range(0, 5), range(10, 15)];
const clean = { expected: 10, got: 10, lost: 0, duplicated: 0, changed: 0, reordered: 0, isIdentical: true };

describe('compare', () => {
  it('finds nothing in the same output', () => {
    expect(compare(expected, [range(0, 5), range(10, 15)])).toEqual(clean);
  });

  it('counts a record that is not there as lost', () => {
    const got = [range(0, 4), range(11, 15)];
    expect(compare(expected, got)).toEqual({ ...clean, got: 8, lost: 2, isIdentical: false });
  });

  it('counts a record that is there once more as duplicated, wherever it stands', () => {
    const got = [
      [...range(0, 5), record(1)],
      [record(14), ...range(10, 15)],
    ];
    expect(compare(expected, got)).toEqual({ ...clean, got: 12, duplicated: 2, isIdentical: false });
  });

  it('counts a record that nobody owed as duplicated', () => {
    const got = [[...range(0, 5), record(99)], range(10, 15)];
    expect(compare(expected, got)).toEqual({ ...clean, got: 11, duplicated: 1, isIdentical: false });
  });

  it('tells a record with other bytes as changed, and the right one as lost', () => {
    const got = [[...range(0, 4), record(4, 'other')], range(10, 15)];
    expect(compare(expected, got)).toEqual({ ...clean, lost: 1, changed: 1, isIdentical: false });
  });

  it('tells a partition in another order', () => {
    const got = [range(0, 5).toReversed(), range(10, 15)];
    expect(compare(expected, got)).toEqual({ ...clean, reordered: 1, isIdentical: false });
  });

  it('takes a record in another partition for lost here and too many there', () => {
    const got = [range(0, 4), [...range(10, 15), record(4)]];
    expect(compare(expected, got)).toEqual({ ...clean, lost: 1, duplicated: 1, isIdentical: false });
  });

  it('counts a partition that is missing as lost, and one too many as duplicated', () => {
    expect(compare(expected, [range(0, 5)])).toMatchObject({ lost: 5, duplicated: 0 });
    expect(compare(expected, [...expected, range(20, 22)])).toMatchObject({ lost: 0, duplicated: 2 });
  });

  it('finds each output identical to itself and no other', () => {
    const outputs = fc.array(fc.array(fc.nat({ max: 3 }), { maxLength: 5 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(outputs, outputs, (a, b) => {
        const [left, right] = [a, b].map((output) => output.map((places) => places.map((place) => record(place))));
        const trimmed = (output: number[][]): string => JSON.stringify(output).replace(/(,\[\])+\]$/, ']');
        const verdict = compare(left!, right!);
        expect(verdict.isIdentical).toBe(trimmed(a) === trimmed(b));
        expect(verdict.expected - verdict.lost + verdict.duplicated + verdict.changed).toBe(verdict.got);
      }),
    );
  });
});

describe('idFaults', () => {
  it('finds nothing where the places of each stream follow each other', () => {
    expect(
      idFaults([[record(3), record(0, 'v', 'fan'), record(4), record(1, 'v', 'fan')], range(0, 3)].slice(0, 1)),
    ).toEqual([]);
  });

  it('names a gap and a repetition', () => {
    expect(idFaults([[record(0), record(2)]])).toEqual(['embedding/pump/0-0/2/model instead of 1']);
    expect(idFaults([[record(0), record(1), record(1)]])).toEqual(['embedding/pump/0-0/1/model instead of 2']);
  });
});
