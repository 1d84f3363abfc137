import type { ResolvedLongformerConfig } from '../../../models/index.ts';

/** Weights of an affine map, `weight` `[outSize, inSize]`. */
export interface Affine {
  readonly inSize: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** W x + b in float64. */
export function affine(map: Affine, x: readonly number[]): number[] {
  return Array.from(map.bias, (bias, row) => {
    let sum = bias;
    for (let k = 0; k < map.inSize; k++) sum += (x[k] as number) * (map.weight[row * map.inSize + k] as number);
    return sum;
  });
}

/** (x − mean) / √(variance + eps) · weight + bias, with the biased variance. */
export function layerNorm(
  norm: { readonly weight: Float32Array; readonly bias: Float32Array; readonly eps: number },
  x: readonly number[],
): number[] {
  const mean = x.reduce((a, b) => a + b) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map(
    (value, c) =>
      ((value - mean) / Math.sqrt(variance + norm.eps)) * (norm.weight[c] as number) + (norm.bias[c] as number),
  );
}

/** Turns the pair (2i, 2i + 1) of a head by the angle position · base^(−2i / headDim) (RoFormer, section 3.2.2). */
export function rotate(x: readonly number[], position: number, base: number): number[] {
  const out = [...x];
  for (let at = 0; at < x.length; at += 2) {
    const angle = position * base ** (-at / x.length);
    const [a, b] = [x[at] as number, x[at + 1] as number];
    out[at] = a * Math.cos(angle) - b * Math.sin(angle);
    out[at + 1] = a * Math.sin(angle) + b * Math.cos(angle);
  }
  return out;
}

/** The feed-forward activations as published, with the system's Math functions. */
export const ACTIVATE: Readonly<Record<ResolvedLongformerConfig['activation'], (x: number) => number>> = {
  gelu: (x) => 0.5 * x * (1 + erfSeries(x / Math.SQRT2)),
  'gelu-tanh': (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  silu: (x) => x / (1 + Math.exp(-x)),
  relu: (x) => Math.max(0, x),
};

/** erf by its Maclaurin series (small arguments) or continued fraction of erfc (large ones), float64. */
export function erfSeries(x: number): number {
  if (Math.abs(x) > 3) {
    let fraction = 0;
    for (let k = 60; k >= 1; k--) fraction = k / 2 / (Math.abs(x) + fraction);
    return Math.sign(x) * (1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (Math.abs(x) + fraction));
  }
  let term = x;
  let sum = x;
  for (let k = 1; k < 80; k++) {
    term *= (-x * x) / k;
    sum += term / (2 * k + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** Σ softmax(scores) · values; −Infinity scores weigh nothing, and with nothing else the average is 0. */
export function softmaxAverage(scores: readonly number[], values: readonly (readonly number[])[]): number[] {
  const max = Math.max(...scores);
  const width = values[0]?.length ?? 0;
  const out = new Array<number>(width).fill(0);
  if (max === -Infinity) return out;
  const weights = scores.map((score) => Math.exp(score - max));
  const sum = weights.reduce((a, b) => a + b);
  values.forEach((value, j) => {
    for (let c = 0; c < width; c++) out[c] = (out[c] as number) + ((weights[j] as number) / sum) * (value[c] as number);
  });
  return out;
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

export function plus(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, c) => value + (b[c] as number));
}
