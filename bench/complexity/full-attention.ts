import type { LongformerEncoder, LongformerLayerWeights } from '../../models/index.ts';
import {
  applyActivation,
  applyLayerNorm,
  applyLinear,
  applyRotary,
  KeyRing,
  type Linear,
  rotaryFrequencies,
  rotaryTable,
  WindowAttention,
} from '../../models/kernels/reference/index.ts';

const f = Math.fround;

/** Bytes of the probabilities `[numHeads, n, n]` of one layer in float32. */
export function matrixBytes(numHeads: number, length: number): number {
  return 4 * numHeads * length ** 2;
}

/**
 * Full attention as ordinary frameworks run it: the probabilities `[numHeads, n, n]` of a layer are held, here in one
 * matrix that the layers share. The kernels are the encoder's own, so the result equals its `encodeSequence` bit for bit.
 * O(n²) in time and memory.
 *
 * @param encoder linear input, rotary positions, norms before the branches; its window and look-ahead cover all n tokens
 * @param tokens `[n, inputSize]`
 * @returns `[n, hiddenSize]`
 */
export function encodeHoldingMatrix(encoder: LongformerEncoder, tokens: Float32Array): Float32Array {
  const { config, weights } = encoder;
  const count = tokens.length / config.inputSize;
  const x = new Float32Array(count * config.hiddenSize);
  const matrix = new Float32Array(config.numHeads * count * count);
  eachRow(x, count, (row, t) => {
    const token = tokens.subarray(t * config.inputSize, (t + 1) * config.inputSize);
    applyLinear(weights.embedding.linear as Linear, token, row);
  });
  for (const layer of weights.layers) encodeLayer(encoder, layer, { count, x, matrix });
  eachRow(x, count, (row) => applyLayerNorm(weights.outerNorm, row, row));
  return x;
}

interface LayerPass {
  readonly count: number;
  /** `[n, hiddenSize]`, replaced by the layer's output. */
  readonly x: Float32Array;
  /** `[numHeads, n, n]` */
  readonly matrix: Float32Array;
}

function encodeLayer(encoder: LongformerEncoder, weights: LongformerLayerWeights, pass: LayerPass): void {
  const { numHeads, hiddenSize } = encoder.config;
  const { count, x, matrix } = pass;
  const { ring, queries } = project(encoder, weights, pass);
  const attention = new WindowAttention(count);
  // The kernel numbers its columns by offset from the token, −(n − 1) … n − 1; the matrix by key.
  const width = ring.window + ring.lookAhead;
  const byOffset = new Float32Array(numHeads * width);
  const context = new Float32Array(hiddenSize);
  const complete = completion(encoder, weights);
  eachRow(x, count, (row, t) => {
    attention.apply(ring, undefined, t, queries.subarray(t * hiddenSize, (t + 1) * hiddenSize), context, byOffset);
    for (let head = 0; head < numHeads; head++) {
      const from = head * width + ring.window - 1 - t;
      matrix.set(byOffset.subarray(from, from + count), (head * count + t) * count);
    }
    complete(row, context);
  });
}

/** The keys and values of all tokens, and the scaled queries `[n, hiddenSize]`. */
function project(
  { config }: LongformerEncoder,
  weights: LongformerLayerWeights,
  { count, x }: LayerPass,
): { readonly ring: KeyRing; readonly queries: Float32Array } {
  const { numHeads: heads, headDim, hiddenSize, rotaryBase } = config;
  const shape = { heads, headDim, window: count, lookAhead: count - 1, dilation: new Array<number>(heads).fill(1) };
  const ring = new KeyRing(shape, count);
  const queries = new Float32Array(x.length);
  const normed = new Float32Array(hiddenSize);
  const key = new Float32Array(hiddenSize);
  const value = new Float32Array(hiddenSize);
  const frequencies = rotaryFrequencies(headDim, rotaryBase);
  const angles = new Float32Array(headDim);
  const scale = f(1 / Math.sqrt(headDim));
  eachRow(queries, count, (query, t) => {
    applyLayerNorm(weights.attentionNorm, x.subarray(t * hiddenSize, (t + 1) * hiddenSize), normed);
    applyLinear(weights.query, normed, query);
    applyLinear(weights.key, normed, key);
    applyLinear(weights.value, normed, value);
    for (let c = 0; c < hiddenSize; c++) query[c] = f((query[c] as number) * scale);
    rotaryTable(t, frequencies, angles);
    applyRotary(query, angles);
    applyRotary(key, angles);
    ring.store(key, value, 0);
  });
  return { ring, queries };
}

/** The rest of a layer after attention: x ← x + Out(context); x ← x + FFN(LN(x)). */
function completion(
  { config }: LongformerEncoder,
  weights: LongformerLayerWeights,
): (x: Float32Array, context: Float32Array) => void {
  const normed = new Float32Array(config.hiddenSize);
  const branch = new Float32Array(config.hiddenSize);
  const inner = new Float32Array(config.ffnSize);
  const add = (x: Float32Array): void => {
    for (let c = 0; c < x.length; c++) x[c] = f((x[c] as number) + (branch[c] as number));
  };
  return (x: Float32Array, context: Float32Array): void => {
    applyLinear(weights.attentionOutput, context, branch);
    add(x);
    applyLayerNorm(weights.ffnNorm, x, normed);
    applyLinear(weights.ffnIn, normed, inner);
    applyActivation(config.activation, inner);
    applyLinear(weights.ffnOut, inner, branch);
    add(x);
  };
}

/** Calls `visit` with a view of each of the `count` rows of `rows`. */
function eachRow(rows: Float32Array, count: number, visit: (row: Float32Array, t: number) => void): void {
  const width = rows.length / count;
  for (let t = 0; t < count; t++) visit(rows.subarray(t * width, (t + 1) * width), t);
}
