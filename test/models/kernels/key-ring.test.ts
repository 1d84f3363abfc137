import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyRing, type WindowShape } from '../../../models/kernels/reference/index.ts';

const shapes: fc.Arbitrary<WindowShape> = fc.record({
  heads: fc.constant(2),
  headDim: fc.constant(3),
  window: fc.integer({ min: 1, max: 40 }),
  lookAhead: fc.integer({ min: 0, max: 10 }),
  dilation: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
});

const keyOf = (position: number): Float32Array => new Float32Array(6).map((_, c) => position + c / 8);
const valueAt = (position: number): Float32Array => keyOf(-1 - position);
const isMasked = (position: number): 0 | 1 => (position % 3 === 1 ? 1 : 0);

function filled(ring: KeyRing, count: number): KeyRing {
  for (let position = 0; position < count; position++)
    ring.store(keyOf(position), valueAt(position), isMasked(position));
  return ring;
}

describe('a ring of keys', () => {
  it('holds everything that the token in work and the ones that wait still see', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 300 }), (shape, count) => {
        const ring = filled(new KeyRing(shape), count);
        const widest = Math.max(...shape.dilation);
        // The next token to leave is rightReach behind the newest and looks back over leftReach.
        const oldest = Math.max(0, count - 1 - (shape.window - 1 + shape.lookAhead) * widest);
        for (let position = oldest; position < count; position++) {
          const slot = position % ring.capacity;
          for (let head = 0; head < 2; head++) {
            const at = (head * ring.capacity + slot) * 3;
            expect(ring.keys.subarray(at, at + 3)).toEqual(keyOf(position).subarray(head * 3, head * 3 + 3));
            expect(ring.values.subarray(at, at + 3)).toEqual(valueAt(position).subarray(head * 3, head * 3 + 3));
          }
          expect(ring.masked[slot]).toBe(isMasked(position));
        }
        expect([ring.leftReach, ring.rightReach]).toEqual([(shape.window - 1) * widest, shape.lookAhead * widest]);
      }),
      { numRuns: 60 },
    );
  });

  it('counts its masked slots as they come and go', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 0, max: 300 }), (shape, count) => {
        const ring = filled(new KeyRing(shape), count);
        expect(ring.maskedSlots).toBe(ring.masked.reduce((sum, flag) => sum + flag, 0));
      }),
      { numRuns: 40 },
    );
  });

  it('goes from ring to ring by read and write, and is the same afterwards', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 90 }), (shape, count, more) => {
        const ring = filled(new KeyRing(shape), count);
        const other = new KeyRing(shape);
        other.write(ring.newest, ring.read(), ring.readMasked());
        for (const one of [ring, other]) {
          for (let i = 0; i < more; i++) one.store(keyOf(count + i), valueAt(count + i), isMasked(count + i));
        }
        expect([other.newest, other.oldestKept]).toEqual([ring.newest, ring.oldestKept]);
        expect([other.read(), other.readMasked()]).toEqual([ring.read(), ring.readMasked()]);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps no more bytes than its span and a block, whatever passed through', () => {
    const ring = new KeyRing({ heads: 2, headDim: 3, window: 40, lookAhead: 5, dilation: [2, 1] });
    const { byteLength } = filled(ring, 1000);
    expect(ring.capacity).toBe(128); // 39·2 + 5·2 + 1 + 32 = 121, in blocks of 32
    expect([ring.byteLength, byteLength]).toEqual([128 * (2 * 6 * 4 + 1), 128 * (2 * 6 * 4 + 1)]);
  });
});
