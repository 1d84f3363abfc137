import { describe, expect, it } from 'vitest';
import { LEAST_SLICES, median, timeInTurns } from '../../../bench/encoder/slices.ts';

/** Takes CPU time. */
function work(): number {
  let sum = 0;
  for (let i = 0; i < 200_000; i++) sum += Math.sqrt(i);
  return sum;
}

describe('timing in turns', () => {
  it('gives every subject a slice in each round, and starts each round with another', async () => {
    const order: string[] = [];
    const subject = (name: string) => ({
      tokensPerCall: 1,
      call: () => {
        if (order.at(-1) !== name) order.push(name);
        work();
      },
    });
    const figures = await timeInTurns([subject('a'), subject('b'), subject('c')], {
      sliceMs: 0.5,
      rounds: 6,
      budgetMs: 1e6,
    });
    expect(figures.map(({ slices }) => slices)).toEqual([6, 6, 6]);
    // First each is tried out, then come the rounds.
    expect(order.join('')).toBe(['abc', 'abc', 'bca', 'cab', 'abc', 'bca', 'cab'].join(''));
    for (const { usPerToken, lowest } of figures) expect(usPerToken).toBeGreaterThanOrEqual(lowest);
  });

  it('waits for engines that answer later, one call at a time', async () => {
    let under = 0;
    let most = 0;
    const call = async (): Promise<void> => {
      under += 1;
      most = Math.max(most, under);
      await new Promise((resolve) => setImmediate(resolve));
      work();
      under -= 1;
    };
    await timeInTurns([{ tokensPerCall: 1, call }], { sliceMs: 0.5, rounds: 2, budgetMs: 1e6 });
    expect([most, under]).toEqual([1, 0]);
  });

  it('leaves a subject that has used its budget out of further rounds, but not before it has enough slices', async () => {
    const [figures] = await timeInTurns([{ tokensPerCall: 1, call: () => void work() }], {
      sliceMs: 0.1,
      rounds: 20,
      budgetMs: 0,
    });
    expect(figures?.slices).toBe(LEAST_SLICES);
  });

  it('takes the middle value, or the mean of two', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([5])]).toEqual([2, 2.5, 5]);
  });
});
