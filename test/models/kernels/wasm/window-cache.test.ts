import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CachePrecision } from '../../../../models/kernels/engine/index.ts';
import { ReferenceEngine } from '../../../../models/kernels/reference/index.ts';
import { createWasmEngine } from '../../../../models/kernels/wasm/index.ts';
import { expectSameBits, expectSameRows } from './bits.ts';
import { arbitraryStream, expectedContexts, WindowFeed, type WindowStream } from './window-stream.ts';

const passes = fc.record({
  passRows: fc.integer({ min: 1, max: 40 }),
  units: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }),
});

type Cut = typeof passes extends fc.Arbitrary<infer T> ? T : never;

/** The precision of a stream, as options of an engine. */
function precisionOf({ cachePrecision = 'float32' }: WindowStream): { readonly cachePrecision: CachePrecision } {
  return { cachePrecision };
}

/** Sizes of passes, 1 .. passRows. */
function sizesOf({ passRows, units }: Cut): number[] {
  return units.map((unit) => 1 + Math.floor(unit * (passRows - 1)));
}

it('a window gives the bits of the reference, however its tokens are cut into passes', () => {
  fc.assert(
    fc.property(arbitraryStream, passes, (stream, cut) => {
      const engine = createWasmEngine({ ...precisionOf(stream), passRows: cut.passRows });
      const feed = new WindowFeed(engine, stream);
      feed.feed(engine.openWindow(stream), stream.kinds.length, sizesOf(cut));
      expectSameBits(feed.contexts, expectedContexts(stream));
    }),
    { numRuns: 300 },
  );
});

it('contents are those of the reference engine, and go from either engine to the other', () => {
  fc.assert(
    fc.property(
      arbitraryStream,
      passes,
      passes,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (stream, cut, other, unit) => {
        const half = Math.floor(unit * stream.kinds.length);
        const wasm = createWasmEngine({ ...precisionOf(stream), passRows: cut.passRows });
        const reference = new ReferenceEngine({ ...precisionOf(stream), passRows: other.passRows });
        const feed = new WindowFeed(wasm, stream);
        const twin = new WindowFeed(reference, stream);
        const [cache, ring] = [wasm.openWindow(stream), reference.openWindow(stream)];
        feed.feed(cache, half, sizesOf(cut));
        twin.feed(ring, half, sizesOf(other));
        const contents = cache.read();
        const expected = ring.read();
        expectSameRows(contents.rows, expected.rows);
        expectSameBits(contents.pinnedRows, expected.pinnedRows);
        expect(contents.masked).toEqual(expected.masked);
        expect(contents.pinnedPositions).toEqual(expected.pinnedPositions);
        expect(contents.pinnedMasked).toEqual(expected.pinnedMasked);
        expect(cache.pinnedKeys).toBe(ring.pinnedKeys);

        const engine = createWasmEngine({ ...precisionOf(stream), passRows: other.passRows });
        const restored = engine.openWindow(stream);
        expect(restored.write(half, expected)).toBe(true);
        expectSameRows(restored.read().rows, expected.rows);
        const moved = feed.moveTo(engine);
        moved.feed(restored, stream.kinds.length, sizesOf(other));
        expectSameBits(moved.contexts, expectedContexts(stream));
      },
    ),
    { numRuns: 120 },
  );
});

it.each(['the same engine', 'another engine of its size', 'an engine of another size'])(
  'a copy in %s goes on like the original, which it leaves alone',
  (where) => {
    fc.assert(
      fc.property(arbitraryStream, passes, fc.double({ min: 0, max: 1, noNaN: true }), (stream, cut, unit) => {
        const half = Math.floor(unit * stream.kinds.length);
        const first = createWasmEngine({ ...precisionOf(stream), passRows: cut.passRows });
        const passRows = where.endsWith('another size') ? cut.passRows + 3 : cut.passRows;
        const second = where === 'the same engine' ? first : createWasmEngine({ ...precisionOf(stream), passRows });
        const feed = new WindowFeed(first, stream);
        const cache = first.openWindow(stream);
        feed.feed(cache, half, sizesOf(cut));
        const copy = second.openWindow(stream);
        // What the copy held before must not show.
        new WindowFeed(second, stream).feed(copy, Math.min(7, stream.kinds.length), [1]);
        copy.copyFrom(cache);
        const moved = feed.moveTo(second);
        moved.feed(copy, stream.kinds.length, sizesOf(cut));
        feed.feed(cache, stream.kinds.length, [1]);
        const expected = expectedContexts(stream);
        expectSameBits(moved.contexts, expected);
        expectSameBits(feed.contexts, expected);
      }),
      { numRuns: 60 },
    );
  },
);

it('contents that cannot be are refused', () => {
  const shape = { heads: 1, headDim: 2, window: 4, lookAhead: 0, dilation: [1], sinks: 1, globals: 1 };
  const stream = { ...shape, kinds: [1, 2, 1, 1, 1, 1], seed: 1, scale: 'plain' as const };
  const engine = createWasmEngine({ passRows: 2 });
  const cache = engine.openWindow(shape);
  new WindowFeed(engine, stream).feed(cache, 6, [2]);
  const good = cache.read();
  expect(engine.openWindow(shape).write(6, good)).toBe(true);
  for (const wrong of [
    { masked: Uint8Array.of(0, 2, 0) },
    { pinnedMasked: Uint8Array.of(0, 1) },
    { pinnedMasked: Uint8Array.of(0) },
    { pinnedPositions: Float64Array.of(0, 6) },
    { pinnedPositions: Float64Array.of(1, 1) },
    { pinnedPositions: Float64Array.of(0, 1.5) },
    { pinnedPositions: Float64Array.of(0) },
    { pinnedRows: new Float32Array(7) },
  ]) {
    expect(engine.openWindow(shape).write(6, { ...good, ...wrong })).toBe(false);
  }
  expect(engine.openWindow({ ...shape, sinks: 0, globals: 0 }).write(6, good)).toBe(false);
});

it('positions beyond 2³² give the bits of positions near 0', () => {
  const shape = { heads: 2, headDim: 5, window: 9, lookAhead: 2, dilation: [1, 3], sinks: 2, globals: 2 };
  const kinds = Array.from({ length: 120 }, (_, i) => (i % 11 === 3 ? 0 : i % 7 === 2 ? 2 : 1));
  const stream = { ...shape, kinds, seed: 3, scale: 'plain' as const };
  const engine = createWasmEngine({ passRows: 6 });
  // A multiple of 32 · 3, so that lanes and residues stay the same.
  const shift = 96 * 2 ** 40;
  const early = engine.openWindow(shape);
  const feed = new WindowFeed(engine, stream);
  feed.feed(early, 60, [5]);
  const contents = early.read();
  const late = engine.openWindow(shape);
  const pinnedPositions = contents.pinnedPositions.map((position) => (position < 2 ? position : position + shift));
  expect(late.write(60 + shift, { ...contents, pinnedPositions })).toBe(true);
  const shifted = feed.moveTo(engine, shift);
  shifted.feed(late, 120, [5]);
  feed.feed(early, 120, [5]);
  expectSameBits(shifted.contexts, feed.contexts);
});
