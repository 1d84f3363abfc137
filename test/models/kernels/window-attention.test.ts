import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arithmetic } from '../../../core/index.ts';
import { KeyRing } from '../../../models/kernels/reference/index.ts';
import { bits } from '../../checks/encoder-family.ts';
import { softmaxAverage } from '../longformer/dense-math.ts';
import { arbitraryLayer, attend, HEADS, pinnedAt, vectors, type WindowLayer } from './window-layer.ts';

const f = Math.fround;

/** The contexts from their definition: every pair of positions, float64. */
function define(layer: WindowLayer): number[] {
  const { kinds, window, lookAhead, dilation, headDim } = layer;
  const { q, k, v } = vectors(layer);
  return kinds.flatMap((kind, t) => {
    if (kind === 0) return [];
    const pinned = pinnedAt(layer, t);
    return [0, 1].flatMap((head) => {
      const step = dilation[head] as number;
      const part = (row: Float32Array): number[] => Array.from(row.subarray(head * headDim, (head + 1) * headDim));
      const query = part(q[t] as Float32Array);
      const scores = k.map((key, j) => {
        const inWindow = (j - t) % step === 0 && (t - j) / step < window && (j - t) / step <= lookAhead;
        const seen = inWindow || pinned.includes(j);
        if (!seen || kinds[j] === 0) return -Infinity;
        return part(key).reduce((sum, value, c) => sum + value * (query[c] as number), 0);
      });
      return softmaxAverage(scores, v.map(part));
    });
  });
}

/**
 * The contexts by the canonical order that the kernel promises, float32 throughout: pinned keys and then the window,
 * oldest first; weights into lane (position mod 32) or (⌊position / d⌋ mod 32); lanes joined by halves.
 */
function canonical(layer: WindowLayer): Float32Array[] {
  const { kinds, window, lookAhead, dilation, headDim } = layer;
  const { q, k, v } = vectors(layer);
  return kinds.flatMap((kind, t) => {
    if (kind === 0) return [];
    const out = new Float32Array(HEADS * headDim);
    for (let head = 0; head < HEADS; head++) {
      const step = dilation[head] as number;
      const at = (rows: Float32Array[], j: number, c: number): number => rows[j]?.[head * headDim + c] as number;
      const pinned = pinnedAt(layer, t);
      const inWindow = kinds.flatMap((_, j) => {
        const steps = (j - t) / step;
        return Number.isInteger(steps) && steps > -window && steps <= lookAhead && !pinned.includes(j) ? [j] : [];
      });
      const keys = [
        ...pinned.map((j) => ({ j, lane: j % 32 })),
        ...inWindow.map((j) => ({ j, lane: Math.floor(j / step) % 32 })),
      ].filter(({ j }) => kinds[j] !== 0);
      const scores = keys.map(({ j }) => {
        let sum = 0;
        for (let c = 0; c < headDim; c++) sum = f(sum + f(at(q, t, c) * at(k, j, c)));
        return sum;
      });
      const max = Math.max(...scores);
      const lanes = new Float32Array(32);
      const weights = scores.map((score) => arithmetic.exp(f(score - max)));
      keys.forEach(({ lane }, i) => {
        lanes[lane] = (lanes[lane] as number) + (weights[i] as number);
      });
      for (let half = 16; half >= 1; half /= 2) {
        for (let i = 0; i < half; i++) lanes[i] = (lanes[i] as number) + (lanes[i + half] as number);
      }
      const scale = f(1 / (lanes[0] as number));
      for (let c = 0; c < headDim; c++) {
        let sum = 0;
        keys.forEach(({ j }, i) => {
          sum = f(sum + f((weights[i] as number) * at(v, j, c)));
        });
        out[head * headDim + c] = f(sum * scale);
      }
    }
    return [out];
  });
}

describe('window attention', () => {
  it('equals its definition over all pairs in float64', () => {
    let worst = 0;
    fc.assert(
      fc.property(arbitraryLayer, (layer) => {
        const expected = define(layer);
        const actual = attend(layer).contexts.flatMap((row) => Array.from(row));
        expect(actual).toHaveLength(expected.length);
        expected.forEach((value, i) => {
          worst = Math.max(worst, Math.abs(value - (actual[i] as number)));
        });
        expect(worst).toBeLessThan(1e-5);
      }),
      { numRuns: 400 },
    );
    console.log(`window attention: largest difference from its definition ${worst.toExponential(2)}`);
  });

  it('has bits that do not depend on the size of the ring or on where it wraps', () => {
    fc.assert(
      fc.property(arbitraryLayer, (layer) => {
        const needed = new KeyRing(layer);
        const small = attend(layer);
        for (const length of [needed.leftReach + needed.rightReach + 1, needed.capacity + layer.extra, 1000]) {
          const other = attend(layer, length);
          expect(other.contexts.map(bits)).toEqual(small.contexts.map(bits));
          expect(other.weights.map(bits)).toEqual(small.weights.map(bits));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('follows its canonical order bit for bit', () => {
    fc.assert(
      fc.property(arbitraryLayer, (layer) => {
        expect(attend(layer).contexts.map(bits)).toEqual(canonical(layer).map(bits));
      }),
      { numRuns: 300 },
    );
  });

  it('gives probabilities that sum to 1 in every head', () => {
    fc.assert(
      fc.property(arbitraryLayer, (layer) => {
        for (const row of attend(layer).weights) {
          const width = row.length / HEADS;
          for (let head = 0; head < HEADS; head++) {
            const sum = row.subarray(head * width, (head + 1) * width).reduce((a, b) => a + b, 0);
            expect(Math.abs(sum - 1)).toBeLessThan(2e-6);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
