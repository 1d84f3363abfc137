import { describe, expect, it } from 'vitest';
import { Random } from '../../../core/index.ts';
import { RunningSoftmax, SlidingSoftmax, type SoftmaxAverage } from '../../../models/kernels/reference/index.ts';
import { softmaxAverage } from '../longformer/dense-math.ts';

const STEPS = 20_000;
const SHAPE = { queries: 2, heads: 2, headDim: 3 };
const ROWS = SHAPE.queries * SHAPE.heads;
const WIDTH = SHAPE.heads * SHAPE.headDim;

/** Standard normal numbers by the polar method's cosine (Box and Muller, 1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.nextUnit())) * Math.cos(2 * Math.PI * random.nextUnit());
}

interface Token {
  readonly scores: Float32Array;
  readonly value: Float32Array;
}

/** Scores of the given spread with now and then a masked token, and values. */
function tokens(spread: number): Token[] {
  const random = new Random(11);
  return Array.from({ length: STEPS }, () => {
    const masked = random.nextUnit() < 0.05;
    const scores = new Float32Array(ROWS).map(() => (masked ? -Infinity : spread * normal(random)));
    return { scores, value: new Float32Array(WIDTH).map(() => normal(random)) };
  });
}

/** The averages over some tokens by float64 softmax, from scratch. */
function recompute(recent: readonly Token[]): number[] {
  return Array.from({ length: ROWS }, (_, row) => {
    const head = row % SHAPE.heads;
    const values = recent.map(({ value }) =>
      Array.from(value.subarray(head * SHAPE.headDim, (head + 1) * SHAPE.headDim)),
    );
    return softmaxAverage(
      recent.map(({ scores }) => scores[row] as number),
      values,
    );
  }).flat();
}

/** Adds all tokens and compares with `recompute` over the last `span` at every `every`-th step. */
function worstOver(
  sums: SoftmaxAverage,
  spread: number,
  at: { readonly span: number; readonly every: number },
): number {
  const all = tokens(spread);
  const average = new Float32Array(ROWS * SHAPE.headDim);
  let worst = 0;
  all.forEach(({ scores, value }, t) => {
    sums.add(scores, value);
    if (t % at.every !== at.every - 1) return;
    sums.average(average);
    recompute(all.slice(Math.max(0, t + 1 - at.span), t + 1)).forEach((expected, i) => {
      worst = Math.max(worst, Math.abs(expected - (average[i] as number)));
    });
  });
  return worst;
}

describe('softmax averages over 20 000 tokens', () => {
  it.each([1, 4])('a sliding one stays within 1e-4 of a float64 recomputation with logits times %d', (spread) => {
    const worst = worstOver(new SlidingSoftmax(SHAPE, 64), spread, { span: 64, every: 7 });
    console.log(`sliding softmax, logits times ${spread}: largest difference ${worst.toExponential(2)}`);
    expect(worst).toBeLessThan(1e-4);
  });

  it.each([1, 4])('a running one stays within 1e-6 of a float64 recomputation with logits times %d', (spread) => {
    const worst = worstOver(new RunningSoftmax(SHAPE), spread, { span: STEPS, every: 1000 });
    console.log(`running softmax, logits times ${spread}: largest difference ${worst.toExponential(2)}`);
    expect(worst).toBeLessThan(1e-6);
  });
});

describe('a softmax average', () => {
  const sorts: readonly (readonly [string, () => SoftmaxAverage])[] = [
    ['running', () => new RunningSoftmax(SHAPE)],
    ['sliding', () => new SlidingSoftmax(SHAPE, 5)],
  ];

  it.each(sorts)('that is %s is zero before anything was added, and after masked tokens only', (_, open) => {
    const sums = open();
    const average = new Float32Array(ROWS * SHAPE.headDim).fill(9);
    sums.average(average);
    expect(average.every((value) => value === 0)).toBe(true);
    sums.add(new Float32Array(ROWS).fill(-Infinity), new Float32Array(WIDTH).fill(3));
    sums.average(average.fill(9));
    expect(average.every((value) => value === 0)).toBe(true);
  });

  it.each(sorts)('that is %s survives scores as large as float32 scores get', (_, open) => {
    const sums = open();
    for (const [score, value] of [
      [-3e38, 1],
      [3e38, 2],
      [-3e38, 3],
    ] as const) {
      sums.add(new Float32Array(ROWS).fill(score), new Float32Array(WIDTH).fill(value));
    }
    const average = new Float32Array(ROWS * SHAPE.headDim);
    sums.average(average);
    expect(average.every((value) => value === 2)).toBe(true);
  });

  it.each(sorts)('that is %s refuses a state of another shape', (_, open) => {
    expect(open().write([new Float64Array(3), new Float32Array(2)])).toBe(false);
    const state = open().read();
    expect(open().write(state)).toBe(true);
  });

  it('holds as many bytes however much was added', () => {
    for (const [, open] of sorts) {
      const sums = open();
      const { byteLength } = sums;
      for (let i = 0; i < 40; i++) sums.add(new Float32Array(ROWS), new Float32Array(WIDTH));
      expect(sums.byteLength).toBe(byteLength);
    }
  });
});
