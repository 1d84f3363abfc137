import { describe, expect, it } from 'vitest';
import { describeBytes, describeMs } from '../../../bench/complexity/units.ts';

describe('describeBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [148_610, '145 KiB'],
    [2 ** 31, '2 GiB'],
  ])('writes %d as %s', (bytes, text) => {
    expect(describeBytes(bytes)).toBe(text);
  });
});

describe('describeMs', () => {
  it.each([
    [0.25, '250 µs'],
    [1, '1 ms'],
    [999.4, '999 ms'],
    [2500, '2.5 s'],
    [199_000, '199 s'],
  ])('writes %d as %s', (ms, text) => {
    expect(describeMs(ms)).toBe(text);
  });
});
