import type { NabSeries } from './scorer.ts';
import { probationRows } from './scorer.ts';

const TOKEN_ROWS = 24;
const WARMUP_TOKENS = 20;
const HALF_SCORE = 1.1;

/**
 * The plainest detector that our post-stage can be put behind: how far the mean of 24 rows lies from the median of the
 * probation, its Gaussian tail, sparse alarms. What it reaches is not owed to any memory, attention or forecast.
 *
 * @param upperTail probability of a standard normal above z >= 0
 */
export function levelScores({ values }: NabSeries, upperTail: (z: number) => number): Float64Array {
  const probation = probationRows(values.length);
  const sorted = values.slice(0, probation).sort();
  const median = ((sorted[(probation - 1) >> 1] as number) + (sorted[probation >> 1] as number)) / 2;
  const hold = Math.min(150, probation / 4);
  const scores = new Float64Array(values.length);
  let [sum, mean, variance, surprise] = [0, 0, 0, 0];
  let [last, age] = [0, Number.POSITIVE_INFINITY];
  values.forEach((value, row) => {
    sum += value;
    if ((row + 1) % TOKEN_ROWS === 0) {
      const count = (row + 1) / TOKEN_ROWS;
      const distance = Math.abs(sum / TOKEN_ROWS - median);
      const z = (distance - mean) / Math.max(Math.sqrt(variance), 1e-12);
      surprise = count > WARMUP_TOKENS && z > 0 ? Math.min(10, -Math.log10(Math.max(upperTail(z), 1e-300))) : 0;
      const step = Math.max(5e-4, 1 / count);
      variance = (1 - step) * (variance + step * (distance - mean) ** 2);
      mean += step * (distance - mean);
      sum = 0;
    }
    age += 1;
    if (surprise <= last && age <= hold) return;
    last = surprise;
    age = 0;
    if (row >= probation) scores[row] = surprise / (surprise + HALF_SCORE);
  });
  return scores;
}
