import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnomalyHead, ConfigError, InputError, Random, ShapeError, SnapshotError } from '../../../core/index.ts';
import { type AnomalyHeadOptions, createAnomalyHead, createLongformer } from '../../../models/index.ts';

const encoder = createLongformer(
  { inputSize: 1, hiddenSize: 8, numLayers: 1, numHeads: 2, window: 16, ffnSize: 16 },
  { seed: 1 },
);

const HEADS: readonly (readonly [name: string, options: AnomalyHeadOptions])[] = [
  ['one channel', { channels: 1, probationRows: 60 }],
  ['one channel with days', { channels: 1, probationRows: 60, rowsPerDay: 96 }],
  ['one channel with an encoder', { channels: 1, probationRows: 60, encoder }],
  ['three channels', { channels: 3, probationRows: 60, tokenRows: 2, rowsPerDay: 96 }],
];
const ROWS = 240;

/** A daily saw with noise, `[rows, channels]`. */
function series(rows: number, channels: number, seed = 7): Float64Array {
  const random = new Random(seed);
  return new Float64Array(rows * channels).map((_, i) => {
    const row = Math.floor(i / channels);
    return 50 * (i % channels) + Math.abs((row % 48) - 24) + 4 * random.nextUnit() + (row >= 180 && row < 190 ? 40 : 0);
  });
}

const bits = (array: Float64Array): string =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');

/** Pushes rows cut at the given places and joins the bits of what comes back. */
function pushCut(head: AnomalyHead, rows: Float64Array, cuts: readonly number[]): { scores: string; expected: string } {
  let at = 0;
  const joined = { scores: '', expected: '' };
  for (const cut of [...cuts].sort((a, b) => a - b).concat(rows.length / head.channels)) {
    const verdicts = head.push(rows.subarray(at * head.channels, cut * head.channels));
    joined.scores += bits(verdicts.scores);
    joined.expected += bits(verdicts.expected);
    at = cut;
  }
  return joined;
}

describe.each(HEADS)('the anomaly head, %s', (_name, options) => {
  const { channels } = options;
  const rows = series(ROWS, channels);
  const whole = pushCut(createAnomalyHead(options), rows, []);

  it('gives the same bits for any split of the rows', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: ROWS }), { maxLength: 12 }), (cuts) => {
        expect(pushCut(createAnomalyHead(options), rows, cuts)).toEqual(whole);
      }),
      { numRuns: 25 },
    );
  });

  it('never looks ahead: nonsense after a row changes nothing up to it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: ROWS - 1 }), fc.integer(), (row, seed) => {
        const other = rows.slice();
        other.set(
          series(ROWS - row, channels, seed).map((value) => -1e6 * value),
          row * channels,
        );
        const changed = pushCut(createAnomalyHead(options), other, []);
        expect(changed.scores.slice(0, 16 * row)).toBe(whole.scores.slice(0, 16 * row));
        const known = 16 * (row + 1) * channels; // what is expected of a row is said before the row is seen
        expect(changed.expected.slice(0, known)).toBe(whole.expected.slice(0, known));
      }),
      { numRuns: 25 },
    );
  });

  it('goes on bit for bit from a snapshot and from a clone, wherever they are taken', () => {
    for (const at of [0, 1, 31, 59, 60, 61, 150, 185]) {
      const head = createAnomalyHead(options);
      head.push(rows.subarray(0, at * channels));
      const rest = rows.subarray(at * channels);
      const restored = createAnomalyHead(options);
      restored.push(series(97, channels, 3)); // what was there before must be gone
      restored.restore(head.snapshot());
      const twin = head.clone();
      expect(restored.position).toBe(at);
      const expected = pushCut(head, rest, []);
      expect(pushCut(restored, rest, [])).toEqual(expected);
      expect(pushCut(twin, rest, [])).toEqual(expected);
    }
  });

  it('is as new after a reset', () => {
    const head = createAnomalyHead(options);
    head.push(series(100, channels, 3));
    head.reset();
    expect(head.position).toBe(0);
    expect(pushCut(head, rows, [])).toEqual(whole);
  });

  it('scores 0 in the probation, in [0, 1) after it, and is surprised by the jump at row 180', () => {
    const { scores } = createAnomalyHead(options).push(rows);
    expect(scores.subarray(0, 60).every((score) => score === 0)).toBe(true);
    expect(scores.every((score) => score >= 0 && score < 1)).toBe(true);
    expect(Math.max(...scores.subarray(180, 192))).toBeGreaterThan(0.5);
  });

  it('expects nothing of the first row, the last value at first, and always a finite number', () => {
    const { expected } = createAnomalyHead(options).push(rows);
    expect([...expected.subarray(0, channels)].every(Number.isNaN)).toBe(true);
    expect(expected.subarray(channels, 3 * channels)).toEqual(rows.subarray(0, 2 * channels));
    expect(expected.subarray(channels).every(Number.isFinite)).toBe(true);
  });

  it('does not change its input', () => {
    const copy = rows.slice();
    createAnomalyHead(options).push(copy);
    expect(bits(copy)).toBe(bits(rows));
  });

  it('names row and channel of a value that is not finite, and takes nothing in', () => {
    const head = createAnomalyHead(options);
    head.push(rows.subarray(0, 70 * channels));
    const before = head.snapshot();
    const bad = rows.slice(70 * channels, 80 * channels);
    bad[4 * channels + channels - 1] = Number.NaN;
    const push = (): unknown => head.push(bad);
    expect(push).toThrow(InputError);
    expect(push).toThrow(new RegExp(`row 74: Expected channel ${channels - 1} to be finite, got NaN`));
    expect(head.snapshot()).toEqual(before);
    expect(pushCut(head, rows.subarray(70 * channels), []).scores).toBe(whole.scores.slice(16 * 70));
  });

  it('survives the largest and smallest numbers', () => {
    const extremes = [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 0, 1e-300, 1e300];
    const random = new Random(5);
    const hostile = new Float64Array(ROWS * channels).map(() => extremes[random.nextUint32() % extremes.length]!);
    const head = createAnomalyHead(options);
    head.push(hostile);
    head.push(new Float64Array(40 * channels).fill(Number.MAX_VALUE));
    const { scores, expected } = head.push(rows);
    expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
    expect(expected.every(Number.isFinite)).toBe(true);
  });

  it('refuses a damaged snapshot and keeps its state', () => {
    const head = createAnomalyHead(options);
    head.push(rows.subarray(0, 100 * channels));
    const bytes = head.snapshot();
    for (const at of [0, 20, bytes.length >> 1, bytes.length - 1]) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] as number) ^ 1;
      expect(() => head.restore(damaged)).toThrow(SnapshotError);
    }
    expect(() => head.restore(bytes.subarray(0, 50))).toThrow(SnapshotError);
    expect(pushCut(head, rows.subarray(100 * channels), []).scores).toBe(whole.scores.slice(16 * 100));
  });
});

describe('the anomaly head', () => {
  it('stays silent on a constant', () => {
    const { scores, expected } = createAnomalyHead({ channels: 1, probationRows: 60 }).push(
      new Float64Array(2000).fill(45.1),
    );
    expect(scores.every((score) => score < 0.5)).toBe(true);
    expect(Math.abs((expected[1999] as number) - 45.1)).toBeLessThan(0.1);
  });

  it('holds the same number of bytes from the end of the probation on, and snapshots that stop growing', () => {
    const head = createAnomalyHead({ channels: 1, probationRows: 20, tokenRows: 2 });
    head.push(series(10_000, 1));
    const [bytes, snapshot] = [head.stateBytes, head.snapshot().length];
    head.push(series(6000, 1));
    expect(head.stateBytes).toBe(bytes);
    expect(head.snapshot().length).toBe(snapshot);
  });

  it('refuses the snapshot of a head with other settings', () => {
    const bytes = createAnomalyHead({ channels: 1, probationRows: 60 }).snapshot();
    expect(() => createAnomalyHead({ channels: 1, probationRows: 61 }).restore(bytes)).toThrow(SnapshotError);
    expect(() => createAnomalyHead({ channels: 1, probationRows: 60, rowsPerDay: 96 }).restore(bytes)).toThrow(
      SnapshotError,
    );
  });

  it.each([
    [{ channels: 0 }, 'channels'],
    [{ channels: 1, probationRows: 9 }, 'probationRows'],
    [{ channels: 1, probationRows: 1e6 }, 'probationRows'],
    [{ channels: 1, tokenRows: 1.5 }, 'tokenRows'],
    [{ channels: 1, threshold: 2 }, 'threshold'],
    [{ channels: 1, rowsPerDay: 1 }, 'rowsPerDay'],
  ] as const)('refuses %j, naming the option', (options, name) => {
    expect(() => createAnomalyHead(options)).toThrow(ConfigError);
    expect(() => createAnomalyHead(options)).toThrow(`\`${name}\``);
  });

  it('refuses rows that are not whole', () => {
    expect(() => createAnomalyHead({ channels: 2 }).push(new Float64Array(3))).toThrow(ShapeError);
  });
});
