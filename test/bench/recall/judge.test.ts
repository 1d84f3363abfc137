import { describe, expect, it } from 'vitest';
import type { CandidateRule } from '../../../bench/recall/candidates/candidate-rule.ts';
import { WindowRule } from '../../../bench/recall/candidates/window-rule.ts';
import { type Judgement, judge } from '../../../bench/recall/judge.ts';
import { fullScores, sharpen, TOP } from '../../../bench/recall/truth.ts';
import { randomVectors } from './small-set.ts';

const vectors = randomVectors(2, 4, 80);
const truth = fullScores(vectors, Int32Array.of(40, 61, 79));
const sharp = [sharpen(truth, 1), sharpen(truth, 3)];

/** A rule that shows what a function lists. */
const showing = (list: (head: number, t: number) => readonly number[]): CandidateRule => ({
  most: 1000,
  list: (head, t, into) => {
    const seen = list(head, t);
    into.set(seen);
    return seen.length;
  },
  file: () => undefined,
});

/** The best keys of a head of a query. */
const bestOf = (head: number, t: number): number[] => {
  const row = truth.queries.indexOf(t) * 2 + head;
  return [...truth.top.subarray(row * TOP, (row + 1) * TOP)];
};

describe('what a rule sees of full attention', () => {
  it('is everything when it shows all earlier tokens', () => {
    const { sight, losses } = judge(truth, sharp, new WindowRule(80));
    expect(sight).toEqual({ candidates: 60, keys: 60, recall8: 1, recall32: 1 });
    for (const { mass, error } of losses) {
      expect(mass).toBeCloseTo(1, 9);
      expect(error).toBeCloseTo(0, 9);
    }
  });

  it('is nothing when it shows no token, and the output is then the own value', () => {
    const { sight, losses } = judge(
      truth,
      sharp,
      showing(() => []),
    );
    expect(sight).toEqual({ candidates: 0, keys: 0, recall8: 0, recall32: 0 });
    let [difference, size] = [0, 0];
    truth.queries.forEach((t, i) => {
      for (let c = 0; c < 8; c++) {
        const full = sharp[0]?.outputs[i * 8 + c] as number;
        difference += ((vectors.values[t * 8 + c] as number) - full) ** 2;
        size += full ** 2;
      }
    });
    expect(losses[0]).toEqual({ mass: 0, error: expect.closeTo(Math.sqrt(difference / size), 9) });
  });

  it('counts the best 8 and 32 apart, and a repeated key once', () => {
    const { sight } = judge(
      truth,
      sharp,
      showing((head, t) => [...bestOf(head, t).slice(0, 12), bestOf(head, t)[0] ?? 0]),
    );
    expect(sight).toEqual({ candidates: 13, keys: 12, recall8: 1, recall32: 12 / 32 });
  });

  it('holds more of a peaked attention in the same keys', () => {
    const { losses } = judge(
      truth,
      sharp,
      showing((head, t) => bestOf(head, t).slice(0, 8)),
    );
    const [flat, peaked] = losses as [Judgement['losses'][number], Judgement['losses'][number]];
    expect(peaked.mass).toBeGreaterThan(flat.mass);
    expect(peaked.error).toBeLessThan(flat.error);
  });

  it('lets a key that is listed twice weigh twice in the output', () => {
    const once = judge(
      truth,
      sharp,
      showing(() => [3, 9]),
    );
    const twice = judge(
      truth,
      sharp,
      showing(() => [3, 9, 3, 9]),
    );
    const uneven = judge(
      truth,
      sharp,
      showing(() => [3, 9, 3]),
    );
    expect(twice.losses[0]?.error).toBeCloseTo(once.losses[0]?.error as number, 12);
    expect(uneven.losses[0]?.mass).toBe(once.losses[0]?.mass);
    expect(Math.abs((uneven.losses[0]?.error as number) - (once.losses[0]?.error as number))).toBeGreaterThan(1e-3);
  });

  it('is asked for every query once the tokens before it are filed', () => {
    const filed: number[] = [];
    const asked: [number, number][] = [];
    judge(truth, sharp, {
      most: 1,
      list: (_head, t) => {
        asked.push([t, filed.length]);
        return 0;
      },
      file: (t) => void filed.push(t),
    });
    expect(asked).toEqual([40, 40, 61, 61, 79, 79].map((t) => [t, t]));
  });
});
