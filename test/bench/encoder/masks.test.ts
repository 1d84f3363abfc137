import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandMask, RingMask } from '../../../bench/encoder/engines/masks.ts';
import { repeatCache, storeRows } from '../../../bench/encoder/engines/window-cache.ts';

const shapes = fc.record({
  streams: fc.integer({ min: 1, max: 3 }),
  window: fc.integer({ min: 8, max: 20 }),
  calls: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 20 }),
});

/** Positions that the mask row of the token at `position` leaves visible, `held` naming the position in each column. */
function visible(row: Float32Array, held: readonly number[]): number[] {
  return held.filter((_, column) => row[column] === 0).sort((a, b) => a - b);
}

/** What a token sees of earlier ones and of itself (the sliding window of `window` keys). */
function expected(position: number, window: number): number[] {
  return Array.from({ length: Math.min(window, position + 1) }, (_, i) => position - i).reverse();
}

describe('the masks of caches', () => {
  it('of a ring leave a token the window before it, whatever calls came before', () => {
    fc.assert(
      fc.property(shapes, ({ streams, window, calls }) => {
        const masks = new Map(calls.map((tokens) => [tokens, new RingMask({ streams, tokens, window })]));
        // Which position is in which slot; -1 - slot while it is empty.
        const slots = Array.from({ length: window }, (_, slot) => -1 - slot);
        let position = 0;
        for (const tokens of calls) {
          const mask = masks.get(tokens) as RingMask;
          mask.write(position);
          for (let row = 0; row < streams * tokens; row++) {
            const t = row % tokens;
            const seen = visible(mask.values.subarray(row * window, (row + 1) * window), slots);
            const want = expected(position + t, window).filter((key) => key < position);
            expect(seen).toEqual(want);
          }
          for (let t = 0; t < tokens; t++) slots[(position + t) % window] = position + t;
          position += tokens;
        }
      }),
    );
  });

  it('of concatenated caches leave a token the window that ends with it', () => {
    fc.assert(
      fc.property(shapes, fc.nat(60), ({ streams, window, calls: [tokens = 1] }, position) => {
        const mask = bandMask({ streams, tokens, window }, position);
        const width = window + tokens;
        const held = Array.from({ length: width }, (_, column) => position - window + column);
        for (let row = 0; row < streams * tokens; row++) {
          const seen = visible(mask.subarray(row * width, (row + 1) * width), held);
          expect(seen).toEqual(expected(position + (row % tokens), window));
        }
      }),
    );
  });
});

describe('a cache', () => {
  it('put in order has its oldest key first in every stream and head', () => {
    fc.assert(
      fc.property(shapes, fc.nat(30), ({ streams, window, calls }, more) => {
        const shape = { streams: 1, heads: 2, window, headDim: 2 };
        const cache = new Float32Array(2 * window * 2);
        let position = 0;
        const store = (tokens: number): void => {
          const rows = Float32Array.from({ length: 2 * tokens * 2 }, (_, i) => {
            const head = Math.floor(i / (2 * tokens));
            return 1000 * head + position + (Math.floor(i / 2) % tokens);
          });
          storeRows(cache, rows, { shape, tokens, position });
          position += tokens;
        };
        for (let i = 0; i < window + more; i++) store(1);
        for (const tokens of calls) store(tokens);
        const ordered = repeatCache(cache, { ...shape, streams }, position);
        const want = [0, 1].flatMap((head) =>
          Array.from({ length: window }, (_, i) => 1000 * head + position - window + i).flatMap((key) => [key, key]),
        );
        expect(Array.from(ordered)).toEqual(Array.from({ length: streams }, () => want).flat());
        expect(Array.from(repeatCache(cache, shape))).toEqual(Array.from(cache));
      }),
    );
  });
});
