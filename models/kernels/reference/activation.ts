import { arithmetic } from '../../../core/index.ts';
import type { Activation } from '../engine/index.ts';

const f = Math.fround;
const SQRT_HALF = f(Math.SQRT1_2);
const GELU_TANH_SCALE = f(2 * Math.sqrt(2 / Math.PI));
const GELU_TANH_CUBE = f(0.044715);

/** Applies an activation to `x` in place, float32, element by element. */
export function applyActivation(name: Activation, x: Float32Array): void {
  APPLY[name](x);
}

// Each loop has its own function: there the scalar functions are inlined, and no number becomes an object on the heap.
const APPLY: Readonly<Record<Activation, (x: Float32Array) => void>> = {
  gelu: applyGelu,
  'gelu-tanh': applyGeluTanh,
  silu: applySilu,
  relu: applyRelu,
};

function applyGelu(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    x[i] = f(f(f(0.5) * value) * f(1 + arithmetic.erf(f(value * SQRT_HALF))));
  }
}

/** (1 + tanh u) / 2 = σ(2u), so x σ(2u) with u = √(2/π) (x + 0.044715 x³). */
function applyGeluTanh(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    const cube = f(GELU_TANH_CUBE * f(f(value * value) * value));
    const u = f(GELU_TANH_SCALE * f(value + cube));
    x[i] = f(value * f(1 / f(1 + arithmetic.exp(-u))));
  }
}

function applySilu(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    x[i] = f(value * f(1 / f(1 + arithmetic.exp(-value))));
  }
}

function applyRelu(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) if ((x[i] as number) < 0) x[i] = 0;
}

/** tanh u = 2 σ(2u) − 1 of every element in place, float32; absolute error below 2e-7. */
export function applyTanh(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    x[i] = f(f(2 * f(1 / f(1 + arithmetic.exp(f(-2 * (x[i] as number)))))) - 1);
  }
}
