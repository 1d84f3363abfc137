import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogMelStream, melFilterbank, periodicHann } from '../../../operators/index.ts';
import { nodeWavSpeech, syntheticSound } from './signals.ts';
import { cut } from './splits.ts';

interface Golden {
  readonly logMelFirst20: readonly number[];
  readonly logMelFrameSums: readonly number[];
}

const golden = (name: string): Golden =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../fixtures/yamnet/${name}.json`, import.meta.url)), 'utf8'));

const TOLERANCE = 2e-5;

const largestDifference = (a: ArrayLike<number>, b: readonly number[]): number =>
  b.reduce((worst, value, i) => Math.max(worst, Math.abs(a[i]! - value)), 0);

describe('LogMelStream', () => {
  it.each([
    ['synthetic', syntheticSound],
    ['node_wav', nodeWavSpeech],
  ] as const)('equals the YAMNet reference on %s', (name, signal) => {
    const tokens = new LogMelStream({}).push(signal());
    const { logMelFirst20, logMelFrameSums } = golden(name);
    const sums = logMelFrameSums.map((_, t) => tokens.subarray(64 * t, 64 * t + 64).reduce((sum, x) => sum + x, 0));
    const first = largestDifference(tokens, logMelFirst20);
    const summed = largestDifference(sums, logMelFrameSums);
    console.log(`${name}: log-mel differs by ${first.toExponential(1)}, frame sums by ${summed.toExponential(1)}`);
    expect(first).toBeLessThan(TOLERANCE);
    expect(summed).toBeLessThan(64 * TOLERANCE);
  });

  it('gives one token for 400 samples and one more for every 160', () => {
    const counts = [0, 399, 400, 559, 560, 720].map((n) => new LogMelStream().push(new Float32Array(n)).length / 64);
    expect(counts).toEqual([0, 0, 1, 1, 2, 3]);
  });

  it('gives ln 0.001 for silence', () => {
    expect([...new LogMelStream().push(new Float32Array(400))]).toEqual(Array(64).fill(Math.fround(Math.log(0.001))));
  });

  it('gives the same bits for any split of the samples', () => {
    const samples = syntheticSound().subarray(0, 2000);
    const whole = new LogMelStream().push(samples);
    fc.assert(
      fc.property(fc.array(fc.nat(2000), { maxLength: 12 }), (cuts) => {
        const stream = new LogMelStream();
        const parts = cut(samples, cuts).flatMap((part) => [...stream.push(part)]);
        expect(Float32Array.from(parts)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it('gives the same bits one sample at a time', () => {
    const samples = syntheticSound().subarray(0, 1000);
    const stream = new LogMelStream();
    const parts = [...samples].flatMap((sample) => [...stream.push(Float32Array.of(sample))]);
    expect(Float32Array.from(parts)).toEqual(new LogMelStream().push(samples));
  });

  it('continues bit for bit from a snapshot', () => {
    const samples = syntheticSound().subarray(0, 3000);
    const whole = new LogMelStream();
    const before = whole.push(samples.subarray(0, 1111));
    const restored = new LogMelStream();
    restored.restore(whole.snapshot());
    expect(restored.push(samples.subarray(1111))).toEqual(whole.push(samples.subarray(1111)));
    expect(before.length).toBe(5 * 64);
  });

  it('refuses a snapshot of other options and keeps its state', () => {
    const stream = new LogMelStream();
    stream.push(syntheticSound().subarray(0, 300));
    const other = new LogMelStream({ melBins: 40 }).snapshot();
    expect(() => stream.restore(other)).toThrow(expect.objectContaining({ code: 'SNAPSHOT_MODEL_MISMATCH' }));
    expect(stream.push(new Float32Array(100)).length).toBe(64);
  });

  it('is empty again after a reset', () => {
    const stream = new LogMelStream();
    stream.push(syntheticSound().subarray(0, 777));
    stream.reset();
    const samples = syntheticSound().subarray(1000, 2000);
    expect(stream.push(samples)).toEqual(new LogMelStream().push(samples));
  });

  it('refuses a sample that is not finite, names its place and keeps its state', () => {
    const stream = new LogMelStream();
    stream.push(new Float32Array(399));
    const refused = expect.objectContaining({ code: 'VALUE_NOT_FINITE', place: { row: 400 } });
    expect(() => stream.push(Float32Array.of(0, Number.NaN))).toThrow(refused);
    expect(stream.push(new Float32Array(1)).length).toBe(64);
  });

  it.each([
    [{ frameMs: 25.03 }, /`frameMs` to be a whole number of samples at 16000 Hz/],
    [{ melBins: 0 }, /`melBins` to be an integer in 1..1024, got 0/],
    [{ highHz: 9000 }, /`highHz` to be a number in 0..8000, got 9000/],
    [{ lowHz: 7500 }, /`lowHz` to be below 7500, got 7500/],
    [{ sampleRateHz: Number.NaN }, /`sampleRateHz`/],
  ])('refuses the options %j', (options, message) => {
    expect(() => new LogMelStream(options)).toThrow(message);
  });
});

describe('melFilterbank', () => {
  it('has the 461 non-zeros of the matrix inside YAMNet', () => {
    const bands = melFilterbank({ sampleRateHz: 16000, fftLength: 512, melBins: 64, lowHz: 125, highHz: 7500 });
    expect(bands.weights.length).toBe(461);
    expect(Math.min(...bands.firstBins)).toBeGreaterThan(0);
  });
});

describe('periodicHann', () => {
  it('is 0.5 - 0.5 cos(2 pi i / n)', () => {
    const window = periodicHann(400);
    const worst = window.reduce(
      (d, x, i) => Math.max(d, Math.abs(x - (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / 400)))),
      0,
    );
    expect(worst).toBeLessThan(1e-15);
  });
});
