import type { LongformerWeights, ResolvedLongformerConfig } from '../../../models/index.ts';

/**
 * The same model written the other way round: the whole sequence at once, a dense [n, n] mask, float64 and
 * the system's Math functions. Shares no code with the encoder. `tokens` `[n, inputSize]` → `[n, hiddenSize]`.
 */
export function denseLongformer(
  config: ResolvedLongformerConfig,
  weights: LongformerWeights,
  tokens: Float32Array,
): number[][] {
  const n = tokens.length / config.inputSize;
  const rows = (index: number): number[] =>
    Array.from(tokens.slice(index * config.inputSize, (index + 1) * config.inputSize));
  let x = Array.from({ length: n }, (_, t) => affine(weights.embedding, rows(t)));
  if (config.norm === 'post') x = x.map((row) => layerNorm(weights.outerNorm, row));
  weights.layers.forEach((layer, i) => {
    const window = config.window[i] as number;
    const attention = (input: number[][]): number[][] => {
      const q = input.map((row, t) => rotate(config, affine(layer.query, row), t));
      const k = input.map((row, t) => rotate(config, affine(layer.key, row), t));
      const v = input.map((row) => affine(layer.value, row));
      return input.map((_, t) => {
        const context: number[] = [];
        for (let head = 0; head < config.numHeads; head++) {
          const part = (row: number[]): number[] => row.slice(head * config.headDim, (head + 1) * config.headDim);
          const scores = k.map((key, j) =>
            j <= t && t - j < window ? dot(part(q[t] as number[]), part(key)) / Math.sqrt(config.headDim) : -Infinity,
          );
          const max = Math.max(...scores);
          const weight = scores.map((score) => Math.exp(score - max));
          const sum = weight.reduce((a, b) => a + b);
          for (let c = 0; c < config.headDim; c++) {
            context.push(
              v.reduce((total, value, j) => total + ((weight[j] as number) / sum) * (part(value)[c] as number), 0),
            );
          }
        }
        return affine(layer.attentionOutput, context);
      });
    };
    const feedForward = (row: number[]): number[] =>
      affine(layer.ffnOut, affine(layer.ffnIn, row).map(activate(config)));
    if (config.norm === 'pre') {
      x = add(x, attention(x.map((row) => layerNorm(layer.attentionNorm, row))));
      x = add(
        x,
        x.map((row) => feedForward(layerNorm(layer.ffnNorm, row))),
      );
    } else {
      x = add(x, attention(x)).map((row) => layerNorm(layer.attentionNorm, row));
      x = add(x, x.map(feedForward)).map((row) => layerNorm(layer.ffnNorm, row));
    }
  });
  return config.norm === 'pre' ? x.map((row) => layerNorm(weights.outerNorm, row)) : x;
}

interface Affine {
  readonly inSize: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

function affine(layer: Affine, x: number[]): number[] {
  return Array.from(
    layer.bias,
    (bias, row) =>
      bias + x.reduce((sum, value, k) => sum + value * (layer.weight[row * layer.inSize + k] as number), 0),
  );
}

function layerNorm(norm: { weight: Float32Array; bias: Float32Array; eps: number }, x: number[]): number[] {
  const mean = x.reduce((a, b) => a + b) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map(
    (value, c) =>
      ((value - mean) / Math.sqrt(variance + norm.eps)) * (norm.weight[c] as number) + (norm.bias[c] as number),
  );
}

function rotate(config: ResolvedLongformerConfig, x: number[], position: number): number[] {
  if (config.position === 'none') return x;
  const out = [...x];
  for (let at = 0; at < x.length; at += 2) {
    const angle = position * config.rotaryBase ** (-(at % config.headDim) / config.headDim);
    const [a, b] = [x[at] as number, x[at + 1] as number];
    out[at] = a * Math.cos(angle) - b * Math.sin(angle);
    out[at + 1] = a * Math.sin(angle) + b * Math.cos(angle);
  }
  return out;
}

function activate(config: ResolvedLongformerConfig): (x: number) => number {
  return config.activation === 'relu' ? (x) => Math.max(0, x) : (x) => 0.5 * x * (1 + erfSeries(x / Math.SQRT2));
}

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

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

function add(a: number[][], b: number[][]): number[][] {
  return a.map((row, t) => row.map((value, c) => value + ((b[t] as number[])[c] as number)));
}
