import type { Linear } from '../engine/index.ts';

const f = Math.fround;

/**
 * out = W x + b for one token: `x` `[inSize]`, `out` `[outSize]`.
 *
 * Canonical order: each output starts from its bias and adds `W[o, k] * x[k]` for k = 0, 1, 2, … with every
 * product and every sum rounded to float32. Eight outputs run side by side, which changes no output's own order.
 */
export function applyLinear(layer: Linear, x: Float32Array, out: Float32Array): void {
  const { inSize, outSize, weight, bias } = layer;
  let row = 0;
  for (; row + 8 <= outSize; row += 8) {
    let a0 = bias[row] as number;
    let a1 = bias[row + 1] as number;
    let a2 = bias[row + 2] as number;
    let a3 = bias[row + 3] as number;
    let a4 = bias[row + 4] as number;
    let a5 = bias[row + 5] as number;
    let a6 = bias[row + 6] as number;
    let a7 = bias[row + 7] as number;
    const start = row * inSize;
    const end = start + inSize;
    for (let w = start, k = 0; w < end; w++, k++) {
      const value = x[k] as number;
      let at = w;
      a0 = f(a0 + f((weight[at] as number) * value));
      at += inSize;
      a1 = f(a1 + f((weight[at] as number) * value));
      at += inSize;
      a2 = f(a2 + f((weight[at] as number) * value));
      at += inSize;
      a3 = f(a3 + f((weight[at] as number) * value));
      at += inSize;
      a4 = f(a4 + f((weight[at] as number) * value));
      at += inSize;
      a5 = f(a5 + f((weight[at] as number) * value));
      at += inSize;
      a6 = f(a6 + f((weight[at] as number) * value));
      at += inSize;
      a7 = f(a7 + f((weight[at] as number) * value));
    }
    out[row] = a0;
    out[row + 1] = a1;
    out[row + 2] = a2;
    out[row + 3] = a3;
    out[row + 4] = a4;
    out[row + 5] = a5;
    out[row + 6] = a6;
    out[row + 7] = a7;
  }
  for (; row < outSize; row++) {
    let sum = bias[row] as number;
    const start = row * inSize;
    for (let k = 0; k < inSize; k++) sum = f(sum + f((weight[start + k] as number) * (x[k] as number)));
    out[row] = sum;
  }
}
