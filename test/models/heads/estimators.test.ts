import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arithmetic, Random } from '../../../core/index.ts';
import { GaussianTail } from '../../../models/heads/anomaly/gaussian-tail.ts';
import { InductionAttention } from '../../../models/heads/anomaly/induction-attention.ts';
import { Inhibition } from '../../../models/heads/anomaly/inhibition.ts';
import { NearestKey } from '../../../models/heads/anomaly/nearest-key.ts';
import { PhaseMean } from '../../../models/heads/anomaly/phase-mean.ts';
import { RankTail } from '../../../models/heads/anomaly/rank-tail.ts';
import { RecursiveLeastSquares } from '../../../models/heads/anomaly/recursive-least-squares.ts';

const value = fc.integer({ min: -1000, max: 1000 }).map((n) => n / 8);

describe('NearestKey', () => {
  it('finds what a search through every key in reach finds', () => {
    const shape = fc.record({
      width: fc.constantFrom(1, 2, 9),
      keyTokens: fc.constantFrom(1, 2, 4),
      cacheTokens: fc.integer({ min: 4, max: 12 }),
    });
    fc.assert(
      fc.property(
        shape,
        fc.array(value, { minLength: 9, maxLength: 600 }),
        ({ width, keyTokens, cacheTokens }, all) => {
          const keys = new NearestKey({ width, keyTokens, cacheTokens, normalise: 'none' });
          const tokens = Array.from({ length: Math.floor(all.length / width) }, (_, t) =>
            all.slice(t * width, (t + 1) * width),
          );
          tokens.forEach((token, t) => {
            let nearest = Number.NaN;
            for (let j = Math.max(keyTokens - 1, t - cacheTokens); j <= t - keyTokens; j++) {
              let sum = 0;
              for (let k = 0; k < keyTokens; k++)
                tokens[t - k]!.forEach((number, c) => {
                  sum += (number - tokens[j - k]![c]!) ** 2;
                });
              const distance = Math.sqrt(sum / keyTokens);
              if (!(distance >= nearest)) nearest = distance;
            }
            const found = keys.push(Float64Array.from(token));
            if (Number.isNaN(nearest)) expect(found).toBeNaN();
            else expect(found).toBeCloseTo(nearest, 9);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('divides by the range of all tokens so far where asked to', () => {
    const keys = new NearestKey({ width: 1, keyTokens: 1, cacheTokens: 8, normalise: 'running-range' });
    const distances = [0, 10, 4].map((token) => keys.push(Float64Array.of(token)));
    expect(distances).toEqual([Number.NaN, 1, 0.4]);
  });
});

describe('GaussianTail', () => {
  it('gives the decades of the normal table at its quantiles', () => {
    // Upper quantiles of the standard normal at 1e-1, 1e-3, 1e-6 and 1e-9 (Abramowitz and Stegun, table 26.5 and 26.6).
    for (const [z, decades] of [
      [1.2815515655, 1],
      [3.0902323062, 3],
      [4.7534243088, 6],
      [5.997807015, 9],
    ] as const) {
      const tail = new GaussianTail(4);
      for (const x of [9, 11, 9, 11]) tail.push(x); // mean 10, deviation 1
      expect(tail.push(10 + z)).toBeCloseTo(decades, 6);
    }
  });

  it('is 0 in the warm-up and at or below the mean, and at most 10', () => {
    const tail = new GaussianTail(2);
    expect([tail.push(0), tail.push(1000)]).toEqual([0, 0]);
    expect([tail.push(500), tail.push(-1e9), tail.push(1e15)]).toEqual([0, 0, 10]);
  });
});

describe('erfcDouble', () => {
  it('has the values of the table to 1e-12', () => {
    // erfc to 16 digits, from mpmath.
    for (const [x, truth] of [
      [0, 1],
      [0.5, 0.4795001221869535],
      [1, 0.15729920705028513],
      [2, 0.004677734981047266],
      [3, 2.2090496998585441e-5],
      [5, 1.5374597944280349e-12],
    ] as const) {
      expect(Math.abs(arithmetic.erfcDouble(x) / truth - 1)).toBeLessThan(1e-12);
    }
  });
});

describe('RankTail', () => {
  const filled = (): RankTail => {
    const tail = new RankTail();
    for (let i = 1; i <= 100; i++) tail.push((i * 37) % 101); // 1 .. 100 in another order
    return tail;
  };

  it('goes by rank below the tenth largest and by their mean excess above it', () => {
    expect(filled().push(51)).toBeCloseTo(-Math.log10((50 + 1) / 101), 10);
    // k = 10, knee 91, mean excess of 91 .. 100 over 91 is 4.5.
    expect(filled().push(109)).toBeCloseTo(-Math.log10(0.1 * Math.exp(-18 / 4.5)), 10);
    expect(filled().push(1e9)).toBe(10);
  });

  it('is 0 before 20 values are known', () => {
    const tail = new RankTail();
    expect(Array.from({ length: 20 }, (_, i) => tail.push(2 ** i))).toEqual(new Array(20).fill(0));
    expect(tail.push(2 ** 30)).toBeGreaterThan(1);
  });

  it('forgets values that are more than 2000 old', () => {
    const [long, fresh] = [new RankTail(), new RankTail()];
    const random = new Random(1);
    for (let i = 0; i < 500; i++) long.push(1000 + random.nextUnit());
    for (let i = 0; i < 2000; i++) {
      const recent = random.nextUnit();
      long.push(recent);
      fresh.push(recent);
    }
    for (const probe of [0.2, 0.95, 1.2]) expect(long.push(probe)).toBe(fresh.push(probe));
  });
});

describe('RecursiveLeastSquares', () => {
  it('solves the normal equations with weights 0.997^age', () => {
    const random = new Random(3);
    const [size, steps] = [4, 300];
    const regression = new RecursiveLeastSquares(size);
    const normal = Array.from({ length: size }, (_, i) =>
      Array.from({ length: size + 1 }, (_, j) => (i === j ? 0.997 ** steps : 0)),
    );
    for (let t = 1; t <= steps; t++) {
      const features = new Float64Array(size).map((_, i) => (i === 0 ? 1 : 2 * random.nextUnit() - 1));
      const target = 0.3 + 0.5 * features[1]! - 0.2 * features[2]! + 0.1 * (2 * random.nextUnit() - 1);
      regression.update(features, target);
      const age = 0.997 ** (steps - t);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) normal[i]![j]! += age * features[i]! * features[j]!;
        normal[i]![size]! += age * features[i]! * target;
      }
    }
    solve(normal).forEach((weight, i) => {
      const unit = new Float64Array(size).fill(0);
      unit[i] = 1;
      expect(regression.predict(unit)).toBeCloseTo(weight, 9);
    });
  });

  it('is not turned over by one outlier', () => {
    const regression = new RecursiveLeastSquares(2);
    const random = new Random(4);
    for (let t = 0; t < 400; t++) {
      const x = 2 * random.nextUnit() - 1;
      regression.update(Float64Array.of(1, x), x + 0.01 * random.nextUnit());
    }
    const before = regression.predict(Float64Array.of(1, 0.5));
    regression.update(Float64Array.of(1, 0.5), 1e6);
    expect(Math.abs(regression.predict(Float64Array.of(1, 0.5)) - before)).toBeLessThan(0.05);
  });
});

describe('InductionAttention', () => {
  it('is a softmax over the earlier fours', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 8, maxLength: 60 }), (steps) => {
        const values = steps.map((step) => step / 16);
        const attention = new InductionAttention(1000);
        for (const one of values) attention.observe(one);
        const n = values.length;
        let [weight, sum] = [0, 0];
        for (let at = 0; at <= n - 8; at++) {
          const distance = [0, 1, 2, 3].reduce((d, k) => d + (values[at + k]! - values[n - 4 + k]!) ** 2, 0);
          weight += Math.exp(-distance / 0.2);
          sum += Math.exp(-distance / 0.2) * values[at + 4]!;
        }
        expect(attention.predict()).toBeCloseTo(sum / weight, 2); // terms below e^-8 are dropped
      }),
      { numRuns: 60 },
    );
  });

  it('says what came after the same four, wherever that is in reach', () => {
    const attention = new InductionAttention(40);
    for (let t = 0; t < 500; t++) attention.observe([0, 5, 2, 9, 4, 7, 1][t % 7]!);
    expect(attention.predict()).toBeCloseTo([0, 5, 2, 9, 4, 7, 1][500 % 7]!, 9);
  });
});

describe('PhaseMean', () => {
  it('averages the same phase and nothing else', () => {
    const mean = new PhaseMean({ periodRows: 96, phases: 48 });
    mean.observe(0, 1);
    mean.observe(1, 3); // the same half hour
    mean.observe(96, 5);
    mean.observe(2, 100);
    expect(mean.mean(96 * 7 + 1, -1)).toBeCloseTo(3, 12);
    expect(mean.mean(4, -1)).toBe(-1);
  });
});

describe('Inhibition', () => {
  it('lets through what exceeds the last, or comes more than `rows` rows after it', () => {
    const inhibition = new Inhibition(3);
    expect([2, 1, 2, 3, 1, 1, 1, 1, 1].map((x) => inhibition.push(x))).toEqual([2, 0, 0, 3, 0, 0, 0, 1, 0]);
  });
});

/** Solves `[A | b]` by Gauss-Jordan elimination with pivoting. */
function solve(rows: number[][]): number[] {
  const n = rows.length;
  for (let c = 0; c < n; c++) {
    const pivot = rows
      .slice(c)
      .reduce((best, row, i) => (Math.abs(row[c]!) > Math.abs(rows[best]![c]!) ? c + i : best), c);
    [rows[c], rows[pivot]] = [rows[pivot]!, rows[c]!];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const factor = rows[r]![c]! / rows[c]![c]!;
      for (let k = c; k <= n; k++) rows[r]![k]! -= factor * rows[c]![k]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}
