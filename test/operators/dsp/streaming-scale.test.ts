import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../core/index.ts';
import { StreamingScale } from '../../../operators/index.ts';
import { cut } from './splits.ts';

const random = new Random(3);
const series = Float64Array.from({ length: 120 }, () => random.nextSymmetric(50));

/** u = asinh((x - median) / mean|x - median|) of one channel, in ordinary arithmetic. */
function byFormula(values: readonly number[], warmupRows: number): number[] {
  const sorted = values.slice(0, warmupRows).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  const deviation = sorted.reduce((sum, x) => sum + Math.abs(x - median), 0) / sorted.length;
  return values.map((x) => Math.asinh((x - median) / deviation));
}

describe('StreamingScale', () => {
  it.each([1, 3])('equals the formula in each of %d channels', (channels) => {
    const tokens = new StreamingScale({ channels, warmupRows: 16 }).push(series);
    for (let c = 0; c < channels; c++) {
      const column = [...series].filter((_, i) => i % channels === c);
      byFormula(column, 16).forEach((u, t) => {
        expect(tokens[t * channels + c]).toBeCloseTo(u, 5);
      });
    }
  });

  it('gives the same bits for any split of the rows', () => {
    const whole = new StreamingScale({ channels: 2, warmupRows: 20 }).push(series);
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 10 }), (rowCuts) => {
        const stream = new StreamingScale({ channels: 2, warmupRows: 20 });
        const places = rowCuts.map((row) => 2 * row);
        const parts = cut(series, places).flatMap((part) => [...stream.push(part)]);
        expect(Float32Array.from(parts)).toEqual(whole);
      }),
    );
  });

  it.each([7, 20, 33])('continues bit for bit from a snapshot after %d rows', (count) => {
    const stream = new StreamingScale({ channels: 1, warmupRows: 20 });
    stream.push(series.subarray(0, count));
    const restored = new StreamingScale({ channels: 1, warmupRows: 20 });
    restored.restore(stream.snapshot());
    expect(restored.push(series.subarray(count))).toEqual(stream.push(series.subarray(count)));
  });

  it('refuses a snapshot of another warm-up', () => {
    const bytes = new StreamingScale({ channels: 1, warmupRows: 20 }).snapshot();
    const other = new StreamingScale({ channels: 1, warmupRows: 21 });
    expect(() => other.restore(bytes)).toThrow(expect.objectContaining({ code: 'SNAPSHOT_MODEL_MISMATCH' }));
  });

  it('flushes fewer rows than the warm-up by what there was, and nothing when there was nothing', () => {
    const stream = new StreamingScale({ channels: 1, warmupRows: 20 });
    expect(stream.flush()).toEqual(new Float32Array(0));
    stream.push(Float64Array.of(4, 6));
    expect([...stream.flush()]).toEqual([-1, 1].map((x) => Math.fround(Math.asinh(x))));
  });

  it('stays finite for the largest finite values and for a constant warm-up', () => {
    const huge = new StreamingScale({ channels: 1, warmupRows: 3 });
    const tokens = huge.push(Float64Array.of(-Number.MAX_VALUE, 0, Number.MAX_VALUE, -Number.MAX_VALUE));
    expect([...tokens].every(Number.isFinite)).toBe(true);
    const flat = new StreamingScale({ channels: 1, warmupRows: 2 });
    expect([...flat.push(Float64Array.of(5, 5, Number.MAX_VALUE))].every(Number.isFinite)).toBe(true);
  });

  it('warms up again after a reset', () => {
    const stream = new StreamingScale({ channels: 1, warmupRows: 3 });
    stream.push(Float64Array.of(1, 2, 3));
    stream.reset();
    expect(stream.push(Float64Array.of(100, 200)).length).toBe(0);
    expect(stream.push(Float64Array.of(300))[1]).toBe(0);
  });

  it('refuses a value that is not finite, names row and channel and keeps its state', () => {
    const stream = new StreamingScale({ channels: 2, warmupRows: 2 });
    stream.push(Float64Array.of(1, 1));
    expect(() => stream.push(Float64Array.of(1, 1, 1, Number.POSITIVE_INFINITY))).toThrow(
      'row 2: Expected every sample in channel 1 to be finite, got Infinity',
    );
    expect(stream.push(Float64Array.of(1, 1)).length).toBe(4);
  });

  it('refuses ragged rows and options out of range', () => {
    const stream = new StreamingScale({ channels: 2, warmupRows: 2 });
    expect(() => stream.push(new Float64Array(3))).toThrow(expect.objectContaining({ name: 'ShapeError' }));
    expect(() => new StreamingScale({ channels: 65536, warmupRows: 2 ** 20 })).toThrow(/to be at most 16777216/);
  });
});
