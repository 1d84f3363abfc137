import type { LongformerEncoder } from '../../../models/index.ts';
import { OnnxGraph } from './onnx-graph.ts';

type LayerWeights = LongformerEncoder['weights']['layers'][number];
type Linear = LayerWeights['query'];
type LayerNorm = LayerWeights['ffnNorm'];

/** The shape of one call: so many streams, so many tokens of each. All shapes of a graph are fixed. */
export interface GraphShape {
  readonly streams: number;
  readonly tokens: number;
}

/** What the attention of one layer is given: names of values in the graph. */
export interface AttentionInputs {
  readonly layer: number;
  /** `[streams, heads, tokens, headDim]`, scaled and turned by the position. */
  readonly query: string;
  /** As `query`. */
  readonly key: string;
  readonly value: string;
}

/** Where the keys of a token are: adds the nodes of one layer's attention, gives its context in the shape of `query`. */
export type AttentionForm = (graph: OnnxGraph, inputs: AttentionInputs) => string;

/** Score of a key that is not seen. */
export const NOT_SEEN = -1e9;

/**
 * An encoder (pre-norm, rotary, GELU, linear input) as an ONNX graph with the fewest nodes that onnxruntime has kernels
 * for: one product for query, key and value, its own RotaryEmbedding, LayerNormalization and Gelu.
 *
 * Inputs: `tokens` `[streams * tokens, inputSize]`, `cos` and `sin` `[streams * tokens, headDim / 2]`, and what `attend`
 * adds. Output: `encodings` `[streams * (last - first), hiddenSize]`, and what `attend` adds.
 *
 * @param rows tokens of each stream that are given out, from the end; default all
 */
export function longformerGraph(
  encoder: LongformerEncoder,
  shape: GraphShape,
  { attend, rows = shape.tokens }: { readonly attend: AttentionForm; readonly rows?: number },
): OnnxGraph {
  const { config, weights } = encoder;
  const { inputSize, hiddenSize, numHeads, headDim } = config;
  const { streams, tokens } = shape;
  const all = streams * tokens;
  const graph = new OnnxGraph();
  const cos = graph.input('cos', [all, headDim / 2]);
  const sin = graph.input('sin', [all, headDim / 2]);
  // Row i of the tables belongs to token i.
  const tableRows = graph.constant(
    [streams, tokens],
    BigInt64Array.from({ length: all }, (_, i) => BigInt(i)),
  );
  const toHeads = (x: string): string =>
    tokens === 1
      ? graph.reshape(x, [streams, numHeads, 1, headDim])
      : transpose(graph, graph.reshape(x, [streams, tokens, numHeads, headDim]));
  const fromHeads = (x: string): string => graph.reshape(tokens === 1 ? x : transpose(graph, x), [all, hiddenSize]);
  let x = linear(graph, weights.embedding.linear as Linear, graph.input('tokens', [all, inputSize]));
  weights.layers.forEach((w, layer) => {
    const projected = linear(
      graph,
      join([scaled(w.query, 1 / Math.sqrt(headDim)), w.key, w.value]),
      layerNorm(graph, w.attentionNorm, x),
    );
    const [queryKey, value] = graph.split(projected, 1, [2 * hiddenSize, hiddenSize]);
    const turned = graph.node({
      op: 'RotaryEmbedding',
      domain: 'com.microsoft',
      inputs: [graph.reshape(queryKey as string, [streams, tokens, 2 * hiddenSize]), tableRows, cos, sin],
      attributes: { interleaved: 1, num_heads: 2 * numHeads },
    });
    const [query, key] = graph.split(turned, 2, [hiddenSize, hiddenSize]);
    const context = attend(graph, {
      layer,
      query: toHeads(query as string),
      key: toHeads(key as string),
      value: toHeads(value as string),
    });
    x = add(graph, x, linear(graph, w.attentionOutput, fromHeads(context)));
    const inner = linear(graph, w.ffnIn, layerNorm(graph, w.ffnNorm, x));
    x = add(graph, x, linear(graph, w.ffnOut, graph.node({ op: 'Gelu', inputs: [inner] })));
  });
  if (rows < tokens) {
    const [, last] = graph.split(graph.reshape(x, [streams, tokens, hiddenSize]), 1, [tokens - rows, rows]);
    x = graph.reshape(last as string, [streams * rows, hiddenSize]);
  }
  layerNorm(graph, weights.outerNorm, x, ['encodings']);
  graph.output('encodings', [streams * rows, hiddenSize]);
  return graph;
}

/** q kᵀ of `[…, n, headDim]` and `[…, m, headDim]`. */
export function scores(graph: OnnxGraph, query: string, key: string): string {
  return graph.node({
    op: 'FusedMatMul',
    domain: 'com.microsoft',
    inputs: [query, key],
    attributes: { transB: 1 },
  });
}

export function add(graph: OnnxGraph, a: string, b: string): string {
  return graph.node({ op: 'Add', inputs: [a, b] });
}

export function softmax(graph: OnnxGraph, x: string): string {
  return graph.node({ op: 'Softmax', inputs: [x], attributes: { axis: -1 } });
}

export function multiply(graph: OnnxGraph, a: string, b: string): string {
  return graph.node({ op: 'MatMul', inputs: [a, b] });
}

/** `[n, n]`: NOT_SEEN behind the diagonal. */
export function causalMask(graph: OnnxGraph, n: number): string {
  const mask = new Float32Array(n * n);
  for (let row = 0; row < n; row++) mask.fill(NOT_SEEN, row * n + row + 1, (row + 1) * n);
  return graph.constant([n, n], mask);
}

/** Swaps the axes of tokens and heads. */
function transpose(graph: OnnxGraph, x: string): string {
  return graph.node({ op: 'Transpose', inputs: [x], attributes: { perm: [0, 2, 1, 3] } });
}

function linear(graph: OnnxGraph, { inSize, outSize, weight, bias }: Linear, x: string): string {
  const inputs = [x, graph.constant([outSize, inSize], weight), graph.constant([outSize], bias)];
  return graph.node({ op: 'Gemm', inputs, attributes: { transB: 1 } });
}

function layerNorm(graph: OnnxGraph, norm: LayerNorm, x: string, outputs?: readonly string[]): string {
  return graph.node({
    op: 'LayerNormalization',
    inputs: [x, graph.constant([norm.size], norm.weight), graph.constant([norm.size], norm.bias)],
    attributes: { axis: -1, epsilon: { float: norm.eps } },
    ...(outputs === undefined ? {} : { outputs }),
  });
}

function scaled(map: Linear, factor: number): Linear {
  return { ...map, weight: map.weight.map((w) => w * factor), bias: map.bias.map((b) => b * factor) };
}

/** One map with the outputs of all. */
function join(maps: readonly Linear[]): Linear {
  const concat = (pick: (map: Linear) => Float32Array): Float32Array =>
    Float32Array.from(maps.flatMap((map) => Array.from(pick(map))));
  const outSize = maps.reduce((sum, map) => sum + map.outSize, 0);
  return { inSize: maps[0]?.inSize ?? 0, outSize, weight: concat((m) => m.weight), bias: concat((m) => m.bias) };
}
