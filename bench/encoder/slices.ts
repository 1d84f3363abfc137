import { setFlagsFromString } from 'node:v8';

/** One thing that is timed again and again. */
export interface Timed {
  /** Tokens that one call takes, over all streams. */
  readonly tokensPerCall: number;
  readonly call: () => void | Promise<void>;
}

/** CPU microseconds per token of one {@link Timed}. */
export interface SliceFigures {
  /** The median over the slices. */
  readonly usPerToken: number;
  readonly lowest: number;
  readonly slices: number;
}

/** How long slices are, and how many. */
export interface SliceOptions {
  /** Least CPU time of a slice. */
  readonly sliceMs: number;
  readonly rounds: number;
  /** CPU time after which a subject takes no part in further rounds, once it has had {@link LEAST_SLICES}. */
  readonly budgetMs: number;
}

// Code that does not run for some collections is thrown away and compiled anew; between two slices of one subject there are many.
setFlagsFromString('--no-flush-bytecode');

/** However slow a call is. */
export const LEAST_SLICES = 3;

/**
 * Times all subjects in turns: each round every one has a slice of calls, and each round begins with another one. So a slow
 * moment of the machine hits all of them, and their ratios stand. CPU time of the process, all threads.
 */
export async function timeInTurns(subjects: readonly Timed[], options: SliceOptions): Promise<SliceFigures[]> {
  const turns: { readonly subject: Timed; readonly calls: number; readonly us: number[]; spent: number }[] = [];
  for (const subject of subjects) {
    const calls = await callsPerSlice(subject, options.sliceMs);
    turns.push({ subject, calls, us: [], spent: 0 });
  }
  for (let round = 0; round < options.rounds; round++) {
    for (let i = 0; i < turns.length; i++) {
      const turn = turns[(i + round) % turns.length] as (typeof turns)[number];
      if (turn.spent > options.budgetMs && turn.us.length >= LEAST_SLICES) continue;
      const us = await cpuMicros(turn.subject, turn.calls);
      turn.spent += us / 1000;
      turn.us.push(us / (turn.calls * turn.subject.tokensPerCall));
    }
  }
  return turns.map(({ us }) => ({ usPerToken: median(us), lowest: Math.min(...us), slices: us.length }));
}

/** Doubles until a slice is long enough; warms up on the way, so nothing is worked out from shorter ones. */
async function callsPerSlice(subject: Timed, sliceMs: number): Promise<number> {
  for (let calls = 1; ; calls *= 2) {
    const ms = (await cpuMicros(subject, calls)) / 1000;
    if (ms >= sliceMs) return calls;
  }
}

/**
 * Of several calls. Half as many before them bring the subject's data and code back into the core's caches, and what others
 * left behind is mostly collected. Nothing is collected by force: after that V8 collects at every few megabytes, which
 * would cost engines most that hand out large arrays.
 */
async function cpuMicros({ call }: Timed, calls: number): Promise<number> {
  for (let i = 0; i < calls >> 1; i++) await call();
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) {
    // Engines that answer at once are not made to wait for the next turn of the event loop.
    const answer = call();
    if (answer !== undefined) await answer;
  }
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** The middle of the values, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}
