import type { LongformerEncoder } from '../../../models/index.ts';
import type { Tensor, Tensorflow } from '../peers/tensorflow.ts';

type LayerWeights = LongformerEncoder['weights']['layers'][number];
type Linear = LayerWeights['query'];

interface TfLinear {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

interface TfNorm extends TfLinear {
  readonly eps: Tensor;
}

interface TfLayer {
  readonly attentionNorm: TfNorm;
  /** Query, key, both turned by a right angle, and value. */
  readonly projections: TfLinear;
  readonly attentionOutput: TfLinear;
  readonly ffnNorm: TfNorm;
  readonly ffnIn: TfLinear;
  readonly ffnOut: TfLinear;
}

/** What the attention of one layer is given, each `[streams, heads, tokens, headDim]`. */
export interface TfAttentionInputs {
  readonly layer: number;
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

/** The tensors of one call. */
export interface TfCall {
  readonly streams: number;
  readonly tokens: number;
  /** `[streams * tokens, inputSize]` */
  readonly input: Tensor;
  /** `[streams * tokens, 1, headDim]`, each number twice. */
  readonly cos: Tensor;
  readonly sin: Tensor;
  /** Gives the context in the shape of the query. */
  readonly attend: (inputs: TfAttentionInputs) => Tensor;
}

/**
 * An encoder (pre-norm, rotary, GELU, linear input) in operations of TensorFlow.js, with as few as it has kernels for. To
 * turn queries and keys, x cos + x⊥ sin, x⊥ comes from rows of its own in the projection: cheaper than to cut and join.
 */
export class TfEncoder {
  readonly #tf: Tensorflow;
  readonly #config: LongformerEncoder['config'];
  readonly #embedding: TfLinear;
  readonly #layers: readonly TfLayer[];
  readonly #outerNorm: TfNorm;
  readonly #half: Tensor;
  readonly #one: Tensor;
  readonly #rootHalf: Tensor;

  constructor(tf: Tensorflow, { config, weights }: LongformerEncoder) {
    this.#tf = tf;
    this.#config = config;
    const linear = (parts: readonly Linear[]): TfLinear => {
      const outSize = parts.reduce((sum, part) => sum + part.outSize, 0);
      const { inSize } = parts[0] as Linear;
      const rows = joined(parts.map((part) => part.weight));
      return {
        // [inSize, outSize]: the wasm backend loses the bias of a fused product with a transposed matrix.
        weight: tf.tensor(transposed(rows, inSize), [inSize, outSize]),
        bias: tf.tensor(joined(parts.map((part) => part.bias)), [outSize]),
      };
    };
    const norm = ({ weight, bias, eps }: LayerWeights['ffnNorm']): TfNorm => ({
      weight: tf.tensor(weight, [weight.length]),
      bias: tf.tensor(bias, [bias.length]),
      eps: tf.tensor(Float32Array.of(eps), []),
    });
    this.#embedding = linear([weights.embedding.linear as Linear]);
    this.#outerNorm = norm(weights.outerNorm);
    this.#layers = weights.layers.map((layer) => {
      const query = scaled(layer.query, 1 / Math.sqrt(config.headDim));
      return {
        attentionNorm: norm(layer.attentionNorm),
        projections: linear([query, layer.key, turned(query), turned(layer.key), layer.value]),
        attentionOutput: linear([layer.attentionOutput]),
        ffnNorm: norm(layer.ffnNorm),
        ffnIn: linear([layer.ffnIn]),
        ffnOut: linear([layer.ffnOut]),
      };
    });
    this.#half = tf.tensor(Float32Array.of(0.5), []);
    this.#one = tf.tensor(Float32Array.of(1), []);
    this.#rootHalf = tf.tensor(Float32Array.of(Math.SQRT1_2), []);
  }

  /** The encodings of a call, `[streams * tokens, hiddenSize]`. */
  run(call: TfCall): Tensor {
    const tf = this.#tf;
    let x = this.#linear(this.#embedding, call.input);
    this.#layers.forEach((weights, layer) => {
      const context = call.attend({ layer, ...this.#project(weights, x, call) });
      x = tf.add(x, this.#linear(weights.attentionOutput, this.#fromHeads(context, call)));
      const inner = this.#linear(weights.ffnIn, this.#norm(weights.ffnNorm, x));
      x = tf.add(x, this.#linear(weights.ffnOut, this.#gelu(inner)));
    });
    return this.#norm(this.#outerNorm, x);
  }

  dispose(): void {
    const weights = [this.#embedding, this.#outerNorm, ...this.#layers.flatMap((layer) => Object.values(layer))];
    for (const one of weights) for (const tensor of Object.values(one)) (tensor as Tensor).dispose();
    for (const tensor of [this.#half, this.#one, this.#rootHalf]) tensor.dispose();
  }

  #project(weights: TfLayer, x: Tensor, call: TfCall): Omit<TfAttentionInputs, 'layer'> {
    const tf = this.#tf;
    const { hiddenSize, numHeads, headDim } = this.#config;
    const rows = call.streams * call.tokens;
    const all = this.#linear(weights.projections, this.#norm(weights.attentionNorm, x));
    const part = (from: number, size: number): Tensor =>
      tf.slice(all, [0, from * hiddenSize], [rows, size * hiddenSize]);
    const straight = tf.reshape(part(0, 2), [rows, 2 * numHeads, headDim]);
    const across = tf.reshape(part(2, 2), [rows, 2 * numHeads, headDim]);
    const both = tf.reshape(tf.add(tf.mul(straight, call.cos), tf.mul(across, call.sin)), [rows, 2 * hiddenSize]);
    const half = (at: number): Tensor => tf.slice(both, [0, at * hiddenSize], [rows, hiddenSize]);
    return {
      query: this.#toHeads(half(0), call),
      key: this.#toHeads(half(1), call),
      value: this.#toHeads(part(4, 1), call),
    };
  }

  #toHeads(x: Tensor, { streams, tokens }: TfCall): Tensor {
    const { numHeads, headDim } = this.#config;
    if (tokens === 1) return this.#tf.reshape(x, [streams, numHeads, 1, headDim]);
    return this.#tf.transpose(this.#tf.reshape(x, [streams, tokens, numHeads, headDim]), [0, 2, 1, 3]);
  }

  #fromHeads(x: Tensor, { streams, tokens }: TfCall): Tensor {
    const straight = tokens === 1 ? x : this.#tf.transpose(x, [0, 2, 1, 3]);
    return this.#tf.reshape(straight, [streams * tokens, this.#config.hiddenSize]);
  }

  #linear({ weight, bias }: TfLinear, x: Tensor): Tensor {
    return this.#tf.fused.matMul({ a: x, b: weight, bias });
  }

  #norm({ weight, bias, eps }: TfNorm, x: Tensor): Tensor {
    const tf = this.#tf;
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps));
    return tf.add(tf.mul(tf.mul(centred, scale), weight), bias);
  }

  #gelu(x: Tensor): Tensor {
    const tf = this.#tf;
    return tf.mul(tf.mul(x, this.#half), tf.add(tf.erf(tf.mul(x, this.#rootHalf)), this.#one));
  }
}

function joined(arrays: readonly Float32Array[]): Float32Array {
  return Float32Array.from(arrays.flatMap((array) => Array.from(array)));
}

/** `[rows, width]` → `[width, rows]` */
function transposed(rows: Float32Array, width: number): Float32Array {
  const count = rows.length / width;
  return rows.map((_, i) => rows[(i % count) * width + Math.floor(i / count)] as number);
}

function scaled(map: Linear, factor: number): Linear {
  return { ...map, weight: map.weight.map((w) => w * factor), bias: map.bias.map((b) => b * factor) };
}

/** The map whose outputs are those of `map` with each pair (a, b) turned to (−b, a). */
function turned(map: Linear): Linear {
  const turn = (rows: Float32Array, width: number): Float32Array =>
    rows.map((_, i) => {
      const row = Math.floor(i / width);
      return row % 2 === 0 ? -(rows[i + width] as number) : (rows[i - width] as number);
    });
  return { ...map, weight: turn(map.weight, map.inSize), bias: turn(map.bias, 1) };
}
