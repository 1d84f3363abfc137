import { requireInteger } from '../../core/index.ts';

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const MAX_WIDTH = 1000;

/** Bounds of the vertical axis of {@link sparkline}; default the least and greatest finite value. */
export interface SparklineRange {
  readonly min?: number;
  readonly max?: number;
}

/**
 * A line of blocks, one character for an equal share of the values and never more characters than values. A
 * character stands for the value of its share that is farthest from the mean of all, so that a single spike or
 * dip stays visible. NaN and infinite values are left out; a share without any other is a space. O(values).
 * @throws ConfigError when `width` is not in 1..1000.
 * @example
 * sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8) // '▁▂▃▄▅▆▇█'
 */
export function sparkline(values: ArrayLike<number>, width: number, range: SparklineRange = {}): string {
  requireInteger('width', width, { min: 1, max: MAX_WIDTH });
  const { mean, min, max } = extent(values, range);
  const shares = Math.min(width, values.length);
  let line = '';
  for (let share = 0; share < shares; share++) {
    const from = Math.floor((share * values.length) / shares);
    const to = Math.floor(((share + 1) * values.length) / shares);
    line += block(farthest(values, { from, to, mean }), min, max);
  }
  return line;
}

function extent(
  values: ArrayLike<number>,
  range: SparklineRange,
): { readonly mean: number; readonly min: number; readonly max: number } {
  let sum = 0;
  let count = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    sum += value;
    count++;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { mean: sum / count, min: range.min ?? min, max: range.max ?? max };
}

function farthest(
  values: ArrayLike<number>,
  { from, to, mean }: { readonly from: number; readonly to: number; readonly mean: number },
): number {
  let found = Number.NaN;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (Number.isNaN(found) || Math.abs(value - mean) > Math.abs(found - mean)) found = value;
  }
  return found;
}

function block(value: number, min: number, max: number): string {
  if (Number.isNaN(value)) return ' ';
  // Halves, because the difference of two large doubles can overflow.
  const span = max / 2 - min / 2;
  if (!(span > 0)) return BLOCKS[0];
  const level = Math.round(((value / 2 - min / 2) / span) * (BLOCKS.length - 1));
  return BLOCKS[Math.min(BLOCKS.length - 1, Math.max(0, level))]!;
}
