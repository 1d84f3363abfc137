import { arithmetic } from '../../../core/index.ts';

const f = Math.fround;

/** Inverse frequencies base^(-2i/d), i = 0 .. d/2 - 1, in double precision (RoFormer, section 3.2.2). */
export function rotaryFrequencies(headDim: number, base: number): Float64Array {
  const logBase = arithmetic.logDouble(base);
  return new Float64Array(headDim / 2).map((_, i) => arithmetic.expDouble((-2 * i * logBase) / headDim));
}

/**
 * Writes sin and cos of `position * frequency` as float32 pairs to `table` `[headDim]`. The angle is formed in
 * double precision, because float32 angles are wrong by 1e-2 after a million tokens.
 */
export function rotaryTable(position: number, frequencies: Float64Array, table: Float32Array): void {
  for (let i = 0; i < frequencies.length; i++) arithmetic.sinCos(position * (frequencies[i] as number), table, 2 * i);
}

/** Rotates the pairs (2i, 2i + 1) of every head of `x` `[heads * headDim]` in place. */
export function applyRotary(x: Float32Array, table: Float32Array): void {
  const headDim = table.length;
  for (let head = 0; head < x.length; head += headDim) {
    for (let i = 0; i < headDim; i += 2) {
      const sin = table[i] as number;
      const cos = table[i + 1] as number;
      const a = x[head + i] as number;
      const b = x[head + i + 1] as number;
      x[head + i] = f(f(a * cos) - f(b * sin));
      x[head + i + 1] = f(f(a * sin) + f(b * cos));
    }
  }
}
