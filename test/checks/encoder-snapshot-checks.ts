import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type EncoderStream, LongwaveError, SnapshotError, type StreamEncoder } from '../../core/index.ts';
import { arbitraryCase, bits, type EncoderFamily, type EncoderInput, finish, push, slice } from './encoder-family.ts';
import { contentStart, sealed } from './snapshot-bytes.ts';

/** Numbers that a forged snapshot puts where a count, a position or a length stands. */
const HOSTILE = [Number.NaN, -1, -0, 0.5, 1e300, Infinity, -Infinity, 2 ** 31, 2 ** 53 - 1, 4];

/** State as bytes: it goes on bit for bit, and nothing but its own snapshot is taken. */
export function checkSnapshots<C, E extends StreamEncoder>(family: EncoderFamily<C, E>): void {
  const corrupt = expect.objectContaining({ name: 'SnapshotError', code: 'SNAPSHOT_CORRUPT' });

  it('goes on bit for bit from a snapshot and from a clone, also after the end', () => {
    fc.assert(
      fc.property(arbitraryCase(family), ({ encoder, input, cuts }) => {
        const stream = encoder.open();
        push(stream, slice(encoder, input, 0, cuts[0] ?? 0));
        const snapshot = stream.snapshot();
        const restored = encoder.open();
        push(restored, slice(encoder, input, cuts[0] ?? 0));
        restored.restore(snapshot);
        const twin = stream.clone();
        expect([bits(restored.snapshot()), bits(twin.snapshot())]).toEqual([bits(snapshot), bits(snapshot)]);
        const rest = slice(encoder, input, cuts[0] ?? 0);
        const expected = bits(finish(stream, rest));
        expect([bits(finish(restored, rest)), bits(finish(twin, rest))]).toEqual([expected, expected]);
        const ended = encoder.open();
        ended.restore(stream.snapshot());
        for (const other of [restored, twin, ended]) expect(bits(other.snapshot())).toBe(bits(stream.snapshot()));
        expect(ended.flush()).toHaveLength(0);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses damaged snapshots and those of another model, state untouched', () => {
    fc.assert(
      fc.property(
        arbitraryCase(family, 20),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 5, maxLength: 5 }),
        ({ encoder, other, input }, flips) => {
          const stream = encoder.open();
          push(stream, input);
          const snapshot = stream.snapshot();
          const strange = other().open();
          push(strange, input);
          expect(() => stream.restore(strange.snapshot())).toThrow(
            expect.objectContaining({ name: 'SnapshotError', code: 'SNAPSHOT_MODEL_MISMATCH' }),
          );
          for (const [at, flip] of flips) {
            const damaged = snapshot.slice();
            damaged[at % snapshot.length] = (damaged[at % snapshot.length] as number) ^ flip;
            expect(() => stream.restore(damaged)).toThrow(corrupt);
            expect(() => stream.restore(snapshot.subarray(0, at % snapshot.length))).toThrow(corrupt);
          }
          expect(bits(stream.snapshot())).toBe(bits(snapshot));
        },
      ),
      { numRuns: 75 },
    );
  });

  it('refuses a forged snapshot or lives with it: no crash, and the state untouched where it refuses', () => {
    fc.assert(
      fc.property(
        arbitraryCase(family, 20),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(...HOSTILE)), { minLength: 12, maxLength: 12 }),
        ({ encoder, input }, forgeries) => {
          const source = encoder.open();
          push(source, input);
          const snapshot = source.snapshot();
          for (const [at, value] of forgeries) {
            const stream = encoder.open();
            const before = bits(stream.snapshot());
            try {
              stream.restore(forge(snapshot, at, value));
            } catch (error) {
              expect(error).toBeInstanceOf(SnapshotError);
              expect(bits(stream.snapshot())).toBe(before);
              continue;
            }
            outlive(stream, input);
            stream.reset();
            expect(bits(finish(stream, input))).toBe(bits(finish(encoder.open(), input)));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
}

/** A state that was taken in must work, whatever it then gives; it may have ended or run out of positions. */
function outlive(stream: EncoderStream, input: EncoderInput): void {
  try {
    push(stream, input);
  } catch (error) {
    expect(error).toBeInstanceOf(LongwaveError);
  }
  stream.flush();
  stream.stats();
}

/** The snapshot with `value` written over its content, half of the time as float64 near the start, and a right checksum. */
function forge(snapshot: Uint8Array, at: number, value: number): Uint8Array {
  const forged = snapshot.slice();
  const view = new DataView(forged.buffer);
  const content = contentStart(snapshot);
  const room = snapshot.length - 4 - content;
  if (at % 2 === 0) view.setFloat64(content + (at % (room - 7)), value, true);
  else view.setUint32(content + (at % (room - 3)), value, true);
  return sealed(forged);
}
