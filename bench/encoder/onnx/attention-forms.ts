import type { LongformerEncoder } from '../../../models/index.ts';
import { type AttentionForm, add, causalMask, type GraphShape, multiply, scores, softmax } from './longformer-graph.ts';
import type { OnnxGraph } from './onnx-graph.ts';

/**
 * Caches that the caller updates: inputs `keys_i` and `values_i` `[streams, heads, window, headDim]` in any order of the
 * keys, `mask` `[streams, 1, tokens, window]` added to their scores. The new keys and values are given out as `newKey_i`
 * and `newValue_i` `[streams, heads, tokens, headDim]`; no cache is copied.
 */
export function ringAttention(encoder: LongformerEncoder, { streams, tokens }: GraphShape): AttentionForm {
  const { numHeads, headDim, window } = encoder.config;
  return (graph, { layer, query, key, value }) => {
    const cached = window[layer] as number;
    const mask = layer === 0 ? graph.input('mask', [streams, 1, tokens, cached]) : 'mask';
    const keys = graph.input(`keys_${layer}`, [streams, numHeads, cached, headDim]);
    const values = graph.input(`values_${layer}`, [streams, numHeads, cached, headDim]);
    giveOut(graph, key, `newKey_${layer}`, [streams, numHeads, tokens, headDim]);
    giveOut(graph, value, `newValue_${layer}`, [streams, numHeads, tokens, headDim]);
    let own = scores(graph, query, key);
    if (tokens > 1) own = add(graph, own, causalMask(graph, tokens));
    const all = graph.node({
      op: 'Concat',
      inputs: [add(graph, scores(graph, query, keys), mask), own],
      attributes: { axis: -1 },
    });
    const [before, among] = graph.split(softmax(graph, all), 3, [cached, tokens]);
    return add(graph, multiply(graph, before as string, values), multiply(graph, among as string, value));
  };
}

/**
 * The usual export: inputs `keys_i` and `values_i` `[streams, heads, window, headDim]`, oldest first, and `mask`
 * `[streams, 1, tokens, window + tokens]`; the caches with the new keys and without the oldest are outputs of the same
 * shape, `newKey_i` and `newValue_i`.
 */
export function concatAttention(encoder: LongformerEncoder, { streams, tokens }: GraphShape): AttentionForm {
  const { numHeads, headDim, window } = encoder.config;
  return (graph, { layer, query, key, value }) => {
    const cached = window[layer] as number;
    const shape = [streams, numHeads, cached, headDim];
    const mask = layer === 0 ? graph.input('mask', [streams, 1, tokens, cached + tokens]) : 'mask';
    const longer = (name: string, added: string): string =>
      graph.node({ op: 'Concat', inputs: [graph.input(`${name}_${layer}`, shape), added], attributes: { axis: 2 } });
    const latest = (x: string, name: string): void => {
      const bounds = [[tokens], [cached + tokens], [2]].map((bound) => graph.shape(bound));
      graph.node({ op: 'Slice', inputs: [x, ...bounds], outputs: [`${name}_${layer}`] });
      graph.output(`${name}_${layer}`, shape);
    };
    const keys = longer('keys', key);
    const values = longer('values', value);
    latest(keys, 'newKey');
    latest(values, 'newValue');
    return multiply(graph, softmax(graph, add(graph, scores(graph, query, keys), mask)), values);
  };
}

/** No caches: the tokens of a call are the whole window. */
export function wholeWindowAttention(encoder: LongformerEncoder): AttentionForm {
  const window = Math.max(...encoder.config.window);
  let mask: string | undefined;
  return (graph, { query, key, value }) => {
    mask ??= causalMask(graph, window);
    return multiply(graph, softmax(graph, add(graph, scores(graph, query, key), mask)), value);
  };
}

function giveOut(graph: OnnxGraph, value: string, name: string, shape: readonly number[]): void {
  graph.node({ op: 'Identity', inputs: [value], outputs: [name] });
  graph.output(name, shape);
}
