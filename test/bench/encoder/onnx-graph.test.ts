import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ringAttention } from '../../../bench/encoder/onnx/attention-forms.ts';
import { longformerGraph } from '../../../bench/encoder/onnx/longformer-graph.ts';
import { OnnxGraph } from '../../../bench/encoder/onnx/onnx-graph.ts';
import { floats, integers, type Message, messages, readMessage, texts } from './protobuf-reader.ts';
import { smallModel } from './small-model.ts';

/** The graph of a written model (field 7 of ModelProto in onnx.proto3). */
function graphOf(graph: OnnxGraph): Message {
  return messages(readMessage(graph.bytes()), 7)[0] as Message;
}

/** Shape of a ValueInfoProto. */
function shapeOf(value: Message): number[] {
  const tensor = messages(messages(value, 2)[0] as Message, 1)[0] as Message;
  return messages(messages(tensor, 2)[0] as Message, 1).flatMap((dim) => integers(dim, 1));
}

describe('an ONNX graph', () => {
  it('says its version and both sets of operators', () => {
    const model = readMessage(new OnnxGraph().bytes());
    expect(integers(model, 1)).toEqual([10]);
    expect(messages(model, 8).map((opset) => [texts(opset, 1)[0], integers(opset, 2)[0]])).toEqual([
      ['', 21],
      ['com.microsoft', 1],
    ]);
  });

  it('keeps the numbers of constants', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { maxLength: 300 }), (values) => {
        const graph = new OnnxGraph();
        const name = graph.constant([values.length], Float32Array.from(values));
        const [tensor] = messages(graphOf(graph), 5) as [Message];
        const raw = (tensor.get(9) as Uint8Array[])[0] as Uint8Array;
        const read = new Float32Array(raw.slice().buffer);
        expect([texts(tensor, 8), integers(tensor, 1), integers(tensor, 2)]).toEqual([[name], [values.length], [1]]);
        expect(Array.from(read)).toEqual(values);
      }),
    );
  });

  it('keeps attributes of all three kinds, negative ones too', () => {
    const integer = fc.integer({ min: -(2 ** 31), max: 2 ** 31 });
    fc.assert(
      fc.property(integer, fc.array(integer), fc.float({ noNaN: true }), (one, many, float) => {
        const graph = new OnnxGraph();
        graph.node({ op: 'Op', inputs: ['a', ''], outputs: ['b'], attributes: { one, many, float: { float } } });
        const [node] = messages(graphOf(graph), 1) as [Message];
        const [first, second, third] = messages(node, 5) as [Message, Message, Message];
        expect([texts(node, 1), texts(node, 2), texts(node, 4)]).toEqual([['a', ''], ['b'], ['Op']]);
        expect([texts(first, 1), integers(first, 3), integers(first, 20)]).toEqual([['one'], [one], [2]]);
        expect([texts(second, 1), integers(second, 8), integers(second, 20)]).toEqual([['many'], many, [7]]);
        expect([texts(third, 1), floats(third, 2), integers(third, 20)]).toEqual([['float'], [float], [1]]);
      }),
    );
  });

  it('of an encoder uses every value after it is made, and names the caches of each layer', () => {
    const { encoder } = smallModel();
    const shape = { streams: 3, tokens: 2 };
    const graph = graphOf(longformerGraph(encoder, shape, { attend: ringAttention(encoder, shape) }));
    const inputs = messages(graph, 11);
    const known = new Set([
      ...inputs.flatMap((input) => texts(input, 1)),
      ...messages(graph, 5).flatMap((c) => texts(c, 8)),
    ]);
    for (const node of messages(graph, 1)) {
      for (const name of texts(node, 1)) expect(known).toContain(name);
      for (const name of texts(node, 2)) known.add(name);
    }
    expect(Object.fromEntries(inputs.map((input) => [texts(input, 1)[0], shapeOf(input)]))).toEqual({
      tokens: [6, 6],
      cos: [6, 4],
      sin: [6, 4],
      mask: [3, 1, 2, 40],
      keys_0: [3, 2, 40, 8],
      values_0: [3, 2, 40, 8],
      keys_1: [3, 2, 40, 8],
      values_1: [3, 2, 40, 8],
    });
    const outputs = messages(graph, 12).map((output) => [texts(output, 1)[0], shapeOf(output)]);
    expect(outputs).toContainEqual(['encodings', [6, 16]]);
    for (const layer of [0, 1]) {
      expect(outputs).toContainEqual([`newKey_${layer}`, [3, 2, 2, 8]]);
      expect(outputs).toContainEqual([`newValue_${layer}`, [3, 2, 2, 8]]);
    }
  });
});
