import { arithmetic } from '../../../core/index.ts';

const f = Math.fround;
const SQRT_HALF = f(Math.SQRT1_2);

/** Name of a feed-forward activation: `gelu` is the exact form x Φ(x) (Hendrycks and Gimpel, 2016). */
export type Activation = 'gelu' | 'relu';

/** Applies an activation to `x` in place, float32, element by element. */
export function applyActivation(name: Activation, x: Float32Array): void {
  switch (name) {
    case 'gelu':
      for (let i = 0; i < x.length; i++) {
        const value = x[i] as number;
        x[i] = f(f(f(0.5) * value) * f(1 + arithmetic.erf(f(value * SQRT_HALF))));
      }
      return;
    case 'relu':
      for (let i = 0; i < x.length; i++) if ((x[i] as number) < 0) x[i] = 0;
      return;
    default:
      name satisfies never;
  }
}
