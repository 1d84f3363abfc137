import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

type Rows = Float32Array | Float64Array;

/** What every head offers, whatever its rows are. */
interface Head<R extends Rows> {
  readonly stateBytes: number;
  push(rows: R): unknown;
  reset(): void;
  snapshot(): Uint8Array;
  restore(bytes: Uint8Array): void;
  clone(): Head<R>;
}

/** One head to be checked. */
export interface HeadCase<R extends Rows, H extends Head<R>> {
  readonly name: string;
  /** Numbers per row. */
  readonly width: number;
  /** Rows `[T, width]` to judge, longer than the time in which the head only learns. */
  readonly rows: R;
  /** Rows after which the head holds all that it will hold. */
  readonly settledRows: number;
  readonly make: () => H;
  /** A head with other settings. */
  readonly makeOther: () => H;
  readonly scores: (head: Head<R>, rows: R) => Float64Array;
}

/** The contract that every head keeps. */
export function checkHead<R extends Rows, H extends Head<R>>(testCase: HeadCase<R, H>): void {
  const { name, width, rows, settledRows, make, makeOther, scores } = testCase;
  const count = rows.length / width;
  const slice = (from: number, to = count): R => rows.slice(from * width, to * width) as R;
  const judge = (head: Head<R>, some: R): string => bits(scores(head, some));
  const whole = judge(make(), rows);
  const wholeFrom = (row: number): string => whole.slice(16 * row);
  const place = fc.integer({ min: 0, max: count });

  describe(`${name} keeps the head contract`, () => {
    it('gives the same bits for any split into pushes', () => {
      fc.assert(
        fc.property(fc.array(place, { maxLength: 8 }), (cuts) => {
          const head = make();
          const edges = [0, ...cuts.sort((a, b) => a - b), count];
          const parts = edges.slice(1).map((end, i) => judge(head, slice(edges[i], end)));
          expect(parts.join('')).toBe(whole);
        }),
        { numRuns: 10 },
      );
    });

    it('goes on bit for bit from a snapshot and a clone, taken while it learns or later', () => {
      fc.assert(
        fc.property(fc.oneof(fc.integer({ min: 0, max: settledRows }), place), (at) => {
          const head = make();
          head.push(slice(0, at));
          const restored = make();
          restored.push(slice(count >> 1));
          restored.restore(head.snapshot());
          expect(restored.snapshot()).toEqual(head.snapshot());
          const twin = head.clone();
          for (const one of [head, restored, twin]) expect(judge(one, slice(at))).toBe(wholeFrom(at));
        }),
        { numRuns: 10 },
      );
    });

    it('does not look ahead', () => {
      fc.assert(
        fc.property(place, fc.integer({ min: -1000, max: 1000 }), (at, nonsense) => {
          const other = rows.slice() as R;
          other.fill(nonsense, at * width);
          expect(judge(make(), other).slice(0, 16 * at)).toBe(whole.slice(0, 16 * at));
        }),
        { numRuns: 10 },
      );
    });

    it('forgets everything on reset', () => {
      const head = make();
      head.push(slice(7));
      head.reset();
      expect(judge(head, rows)).toBe(whole);
    });

    it('leaves its input alone and scores in 0..1', () => {
      const before = bits(rows);
      const all = scores(make(), rows);
      expect(bits(rows)).toBe(before);
      expect(all.every((score) => score >= 0 && score <= 1)).toBe(true);
      expect(all.some((score) => score > 0)).toBe(true);
    });

    it('refuses values that are not finite and partial rows, state untouched', () => {
      const head = make();
      head.push(slice(0, settledRows));
      const before = head.snapshot();
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const bad = slice(settledRows);
        bad[bad.length - 1] = value;
        expect(() => head.push(bad)).toThrow(expect.objectContaining({ code: 'VALUE_NOT_FINITE' }));
      }
      if (width > 1) {
        const partial = rows.slice(0, width + 1) as R;
        expect(() => head.push(partial)).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
      }
      expect(head.snapshot()).toEqual(before);
    });

    it('refuses damaged snapshots and those of other settings, state untouched', () => {
      const head = make();
      head.push(slice(0, settledRows));
      const snapshot = head.snapshot();
      const refused = expect.objectContaining({ name: 'SnapshotError' });
      expect(() => head.restore(makeOther().snapshot())).toThrow(refused);
      fc.assert(
        fc.property(fc.nat({ max: snapshot.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
          const damaged = snapshot.slice();
          damaged[at] = (damaged[at] as number) ^ flip;
          expect(() => head.restore(damaged)).toThrow(refused);
          expect(() => head.restore(snapshot.subarray(0, at))).toThrow(refused);
        }),
        { numRuns: 20 },
      );
      expect(head.snapshot()).toEqual(snapshot);
      expect(judge(head, slice(settledRows))).toBe(wholeFrom(settledRows));
    });

    it('holds a constant number of bytes once it has learnt', () => {
      const head = make();
      head.push(slice(0, settledRows));
      const held = head.stateBytes;
      head.push(slice(settledRows));
      expect(head.stateBytes).toBe(held);
    });
  });
}

function bits(array: Rows): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');
}
