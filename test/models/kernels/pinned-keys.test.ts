import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PinnedKeys } from '../../../models/kernels/reference/index.ts';

const keyOf = (position: number): Float32Array => new Float32Array(4).map((_, c) => position + c / 8);

/** The positions that a token sees, oldest first. */
function seen(pinned: PinnedKeys, position: number): number[] {
  const count = pinned.see(position);
  return Array.from(pinned.visible.subarray(0, count), (slot) => pinned.positions[slot] as number);
}

/** Offers tokens of the given kinds and asks for each, when all up to `rightReach` later ones have come, what it sees. */
function run(shape: { sinks: number; globals: number; rightReach: number }, kinds: readonly number[]): number[][] {
  const pinned = new PinnedKeys({ heads: 2, headDim: 2, ...shape });
  const asked: number[][] = [];
  kinds.forEach((kind, position) => {
    pinned.offer(position, kind, keyOf(position), keyOf(-position));
    if (position >= shape.rightReach) asked.push(seen(pinned, position - shape.rightReach));
  });
  for (let position = asked.length; position < kinds.length; position++) asked.push(seen(pinned, position));
  return asked;
}

describe('pinned keys', () => {
  it('are the first tokens and the latest globals at or before a token, also when later ones have come in', () => {
    const shapes = fc.record({
      sinks: fc.integer({ min: 0, max: 4 }),
      globals: fc.integer({ min: 0, max: 4 }),
      rightReach: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(shapes, fc.array(fc.constantFrom(0, 1, 2), { maxLength: 60 }), (shape, kinds) => {
        const marked = kinds.flatMap((kind, position) => (kind === 2 && position >= shape.sinks ? [position] : []));
        const expected = kinds.map((_, t) => {
          const sinks = Array.from({ length: shape.sinks }, (_, position) => position).filter(
            (position) => position <= t,
          );
          const globals = marked.filter((position) => position <= t);
          return [...sinks, ...globals.slice(Math.max(0, globals.length - shape.globals))];
        });
        expect(run(shape, kinds)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('are all globals of a sequence for every token when they count both ways', () => {
    const pinned = new PinnedKeys({ heads: 2, headDim: 2, sinks: 0, globals: 2, rightReach: 0, twoWay: true });
    for (const position of [3, 8]) pinned.offer(position, 2, keyOf(position), keyOf(-position));
    expect([seen(pinned, 0), seen(pinned, 20)]).toEqual([
      [3, 8],
      [3, 8],
    ]);
  });

  it('keep keys and values by head, and that a sink is masked', () => {
    const pinned = new PinnedKeys({ heads: 2, headDim: 2, sinks: 2, globals: 1, rightReach: 0 });
    pinned.offer(0, 1, keyOf(5), keyOf(6));
    pinned.offer(1, 0, keyOf(7), keyOf(8));
    pinned.offer(2, 1, keyOf(9), keyOf(9));
    expect(Array.from(pinned.keys)).toEqual([5, 5.125, 7, 7.125, 0, 0, 5.25, 5.375, 7.25, 7.375, 0, 0]);
    expect(Array.from(pinned.values.subarray(0, 4))).toEqual([6, 6.125, 8, 8.125]);
    expect([Array.from(pinned.masked), pinned.count]).toEqual([[0, 1, 0], 2]);
  });

  it('go on the same after read and write, and in a copy', () => {
    const shape = { heads: 2, headDim: 2, sinks: 1, globals: 2, rightReach: 2 };
    const pinned = new PinnedKeys(shape);
    for (let position = 0; position < 7; position++) pinned.offer(position, 2, keyOf(position), keyOf(-position));
    const [written, copied] = [new PinnedKeys(shape), new PinnedKeys(shape)];
    expect(written.write(7, pinned.read())).toBe(true);
    copied.copyFrom(pinned);
    for (const other of [pinned, written, copied]) {
      for (let position = 7; position < 10; position++) other.offer(position, 2, keyOf(position), keyOf(-position));
      expect([seen(other, 7), seen(other, 9), other.count]).toEqual([[0, 6, 7], [0, 8, 9], 3]);
      expect(other.read()).toEqual(pinned.read());
    }
  });

  it('refuse contents that cannot be theirs', () => {
    const shape = { heads: 1, headDim: 1, sinks: 1, globals: 1, rightReach: 1 };
    const contents = (positions: number[], masked = positions.map(() => 0), rows = 2 * positions.length) => ({
      positions: Float64Array.from(positions),
      masked: Uint8Array.from(masked),
      rows: new Float32Array(rows),
    });
    const takes = (taken: number, given: ReturnType<typeof contents>): boolean =>
      new PinnedKeys(shape).write(taken, given);
    expect(takes(9, contents([0, 4, 8], [1, 0, 0]))).toBe(true);
    expect(takes(0, contents([]))).toBe(true);
    // A sink elsewhere, none, too many globals, out of order, not yet taken, no whole number; masks; rows.
    for (const positions of [[1, 4], [], [0, 3, 4, 5], [0, 5, 4], [0, 9], [0, 4.5], [0, Number.NaN], [0, 0]]) {
      expect(takes(9, contents(positions))).toBe(false);
    }
    expect(takes(9, contents([0, 4], [0, 1]))).toBe(false);
    expect(takes(9, contents([0, 4], [2, 0]))).toBe(false);
    expect(takes(9, contents([0, 4], [0]))).toBe(false);
    expect(takes(9, contents([0, 4], [0, 0], 3))).toBe(false);
  });
});
