import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotReader, SnapshotWriter } from '../../core/index.ts';

const identity = { kind: 'test', version: 1, modelHash: 'ab'.repeat(32) };

/** Float32 and float64 numbers by any bits, NaN of every sort among them. */
const floats = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 30 });
const nans = fc.constantFrom(0x7fc00000, 0xffc00000, 0x7fc12345, 0xffffffff, 0x7fa00000);

function write(put: (writer: SnapshotWriter) => void): Uint8Array {
  const writer = new SnapshotWriter(identity);
  put(writer);
  return writer.finish();
}

describe('a snapshot', () => {
  it('keeps the bits of every number that is one', () => {
    fc.assert(
      fc.property(floats, (words) => {
        const given = new Float32Array(Uint32Array.from(words).buffer);
        const reader = new SnapshotReader(
          write((writer) => writer.array(given)),
          identity,
        );
        const got = reader.float32Array(given.length);
        reader.finish();
        expect(got).toEqual(given);
        const numbers = (array: Float32Array): number[] => [...array].filter((value) => !Number.isNaN(value));
        expect(numbers(got).every((value, i) => Object.is(value, numbers(given)[i]))).toBe(true);
      }),
    );
  });

  it('is read from a Node Buffer as well, which lies somewhere in a larger block', () => {
    const given = Float32Array.of(1, -2, 3);
    const bytes = write((writer) => writer.array(given));
    const reader = new SnapshotReader(Buffer.concat([Buffer.alloc(3), bytes]).subarray(3), identity);
    expect(reader.float32Array(3)).toEqual(given);
  });

  it('has the same bytes whatever the bits of a NaN are', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(nans, fc.integer({ min: 0, max: 2 ** 31 - 1 })), { maxLength: 20 }), (words) => {
        const given = new Float32Array(Uint32Array.from(words).buffer);
        const quiet = new Uint32Array(words.map((word, i) => (Number.isNaN(given[i]) ? 0x7fc00000 : word)));
        const bytes = write((writer) => writer.array(given));
        expect(bytes).toEqual(write((writer) => writer.array(new Float32Array(quiet.buffer))));
        expect([...bytes.subarray(bytes.length - 4 - given.byteLength, -4)]).toEqual([...new Uint8Array(quiet.buffer)]);
      }),
    );
    const doubles = (high: number): Float64Array => new Float64Array(Uint32Array.of(1, high, 0, 0x3ff00000).buffer);
    const [one, other] = [0x7ff80000, 0xfff12345].map((high) => write((writer) => writer.array(doubles(high))));
    expect(one).toEqual(other);
    const single = (high: number): Uint8Array => write((writer) => writer.float64(doubles(high)[0] as number));
    expect(single(0xfff12345)).toEqual(single(0x7ff80000));
    const view = new DataView(single(0xfff12345).buffer);
    expect([view.getUint32(view.byteLength - 8, true), view.getUint32(view.byteLength - 12, true)]).toEqual([
      0x7ff80000, 0,
    ]);
  });

  it('says how its keys and values are stored, float32 without a word', () => {
    const taken = (cachePrecision?: string): Uint8Array =>
      new SnapshotWriter({ ...identity, ...(cachePrecision === undefined ? {} : { cachePrecision }) }).finish();
    expect(taken('float32')).toEqual(taken());
    new SnapshotReader(taken('int8'), { ...identity, cachePrecision: 'int8' }).finish();
    for (const [given, wanted] of [
      ['int8', 'int16'],
      ['int8', 'float32'],
      ['float32', 'int16'],
    ] as const) {
      expect(() => new SnapshotReader(taken(given), { ...identity, cachePrecision: wanted })).toThrow(
        expect.objectContaining({
          code: 'SNAPSHOT_MODEL_MISMATCH',
          message: `Expected a test snapshot with caches in ${wanted}, got one with caches in ${given}`,
        }),
      );
    }
    const other = () => new SnapshotReader(taken('int8'), { ...identity, kind: 'other', cachePrecision: 'int8' });
    expect(other).toThrow('Expected a snapshot of kind other, got test');
  });

  it('gives integers of every width back', () => {
    const bytes = write((writer) => {
      writer.array(Int8Array.of(-127, 127));
      writer.array(Int16Array.of(-32767, 32767, 5));
    });
    const reader = new SnapshotReader(bytes, identity);
    expect([reader.int8Array(2), reader.int16Array(3)]).toEqual([
      Int8Array.of(-127, 127),
      Int16Array.of(-32767, 32767, 5),
    ]);
    reader.finish();
  });
});
