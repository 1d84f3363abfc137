import { arithmetic, requireInteger } from '../../core/index.ts';

/**
 * The periodic Hann window `[length]`: 0.5 - 0.5 cos(2 pi i / length). Double precision by a fixed sequence
 * of operations, the same bits everywhere.
 * @param length 1..2^20
 * @throws ConfigError
 */
export function periodicHann(length: number): Float64Array {
  requireInteger('length', length, { min: 1, max: 2 ** 20 });
  const window = new Float64Array(length);
  const pair = new Float64Array(2);
  for (let i = 0; i < length; i++) {
    arithmetic.sinCos((2 * Math.PI * i) / length, pair, 0);
    window[i] = 0.5 - 0.5 * pair[1]!;
  }
  return window;
}
