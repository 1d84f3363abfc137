import type { HeadVectors } from './vectors.ts';

/** Keys that are searched for: the 8 and the 32 with the highest scores. */
export const TOP = 32;

/**
 * Full causal attention at some tokens: each head of a query attends to all tokens before it, itself left out, with
 * normalised keys. Row = query · heads + head. Float64.
 */
export interface Truth {
  readonly vectors: HeadVectors;
  /** Positions of the queries, rising. */
  readonly queries: Int32Array;
  /** q · k̂ of every earlier token, `[rows, n]`. */
  readonly scores: Float32Array;
  /** The {@link TOP} highest scores of a row, highest first, `[rows, TOP]`. */
  readonly top: Int32Array;
}

/** Full attention with all scores multiplied by `sharpness`. */
export interface SharpTruth {
  readonly sharpness: number;
  /** ln Σ e^score of a row, `[rows]`. */
  readonly logSum: Float64Array;
  /** `[rows, headDim]` */
  readonly outputs: Float64Array;
}

/** Computes the scores at `queries`, each of which has at least {@link TOP} tokens before it. O(queries · n · width). */
export function fullScores(vectors: HeadVectors, queries: Int32Array): Truth {
  const { heads, count } = vectors;
  const rows = queries.length * heads;
  const scores = new Float32Array(rows * count);
  const top = new Int32Array(rows * TOP);
  queries.forEach((t, i) => {
    for (let head = 0; head < heads; head++) {
      const row = i * heads + head;
      scoreRow(vectors, { t, head }, scores.subarray(row * count, row * count + t));
      top.set(highest(scores.subarray(row * count, row * count + t)), row * TOP);
    }
  });
  return { vectors, queries, scores, top };
}

function scoreRow(
  { heads, headDim, queries, keys }: HeadVectors,
  at: { readonly t: number; readonly head: number },
  into: Float32Array,
): void {
  const width = heads * headDim;
  const q = at.t * width + at.head * headDim;
  for (let j = 0; j < into.length; j++) {
    const k = j * width + at.head * headDim;
    let sum = 0;
    for (let c = 0; c < headDim; c++) sum += (queries[q + c] as number) * (keys[k + c] as number);
    into[j] = sum;
  }
}

function highest(scores: Float32Array): Int32Array {
  const order = Int32Array.from(scores, (_, j) => j);
  return order.sort((a, b) => (scores[b] as number) - (scores[a] as number)).subarray(0, TOP);
}

/** Softmax and outputs of full attention at a sharpness. */
export function sharpen(truth: Truth, sharpness: number): SharpTruth {
  const { heads, headDim, values } = truth.vectors;
  const rows = truth.queries.length * heads;
  const logSum = new Float64Array(rows);
  const outputs = new Float64Array(rows * headDim);
  eachRow(truth, (row, scores) => {
    const best = sharpness * (scores[truth.top[row * TOP] as number] as number);
    const head = row % heads;
    const out = outputs.subarray(row * headDim, (row + 1) * headDim);
    let sum = 0;
    scores.forEach((score, j) => {
      const weight = Math.exp(sharpness * score - best);
      sum += weight;
      const v = (j * heads + head) * headDim;
      for (let c = 0; c < headDim; c++) out[c] = (out[c] as number) + weight * (values[v + c] as number);
    });
    for (let c = 0; c < headDim; c++) out[c] = (out[c] as number) / sum;
    logSum[row] = best + Math.log(sum);
  });
  return { sharpness, logSum, outputs };
}

/**
 * The sharpness at which the {@link TOP} best keys hold `mass` of the attention on average, by bisection to 1 in 1000 over
 * a sample of the rows; at most 64.
 */
export function sharpnessFor(truth: Truth, mass: number): number {
  let [low, high] = [2 ** -6, 2 ** 6];
  while (high / low > 1.001) {
    const middle = Math.sqrt(low * high);
    if (topMass(truth, middle) < mass) low = middle;
    else high = middle;
  }
  return high;
}

/** Attention that the {@link TOP} best keys hold, on average over every eighth row. */
export function topMass(truth: Truth, sharpness: number): number {
  let [total, rows] = [0, 0];
  eachRow(truth, (row, scores) => {
    if (row % 8 !== 0) return;
    const best = sharpness * (scores[truth.top[row * TOP] as number] as number);
    const sum = scores.reduce((all, score) => all + Math.exp(sharpness * score - best), 0);
    const top = truth.top.subarray(row * TOP, (row + 1) * TOP);
    total += top.reduce((all, j) => all + Math.exp(sharpness * (scores[j] as number) - best), 0) / sum;
    rows += 1;
  });
  return total / rows;
}

/** Calls `visit` with each row and its scores, `[t]`. */
function eachRow({ vectors, queries, scores }: Truth, visit: (row: number, scores: Float32Array) => void): void {
  const { heads, count } = vectors;
  for (let row = 0; row < queries.length * heads; row++) {
    const t = queries[Math.floor(row / heads)] as number;
    visit(row, scores.subarray(row * count, row * count + t));
  }
}
