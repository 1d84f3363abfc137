import { fillTokens } from '../batch.ts';
import { wholeWindowAttention } from '../onnx/attention-forms.ts';
import { longformerGraph } from '../onnx/longformer-graph.ts';
import { type Onnxruntime, type OnnxTensor, openOnnxSession } from '../peers/onnxruntime.ts';
import {
  type Engine,
  type EngineSession,
  type LongformerModel,
  OTHER_ARITHMETIC,
  type SessionShape,
} from './engine.ts';
import { RotaryWriter } from './rotary-rows.ts';
import { cacheShape } from './window-cache.ts';

/** onnxruntime without caches: for every call it runs over the last window of each stream and gives its last tokens. */
export function onnxruntimeRecompute(ort: Onnxruntime): Engine {
  return {
    name: 'recompute',
    families: ['longformer'],
    sees: 'window',
    tolerance: OTHER_ARITHMETIC,
    // The scores of a layer before and after the softmax, in an arena that doubles.
    bytes: (model, streams) => {
      const { heads, window } = cacheShape((model as LongformerModel).encoder, streams);
      return 6 * 4 * streams * heads * window * window;
    },
    open: (model, shape) => openWindow(ort, model as LongformerModel, shape),
  };
}

async function openWindow(ort: Onnxruntime, model: LongformerModel, shape: SessionShape): Promise<EngineSession> {
  const { encoder } = model;
  const { streams } = shape;
  const { inputSize, hiddenSize, headDim } = encoder.config;
  const { window } = cacheShape(encoder, streams);
  const rows = Math.max(...shape.tokens);
  const call = { streams, tokens: window };
  const graph = longformerGraph(encoder, call, { attend: wholeWindowAttention(encoder), rows });
  const session = await openOnnxSession(ort, graph.bytes());
  const tokens = new Float32Array(streams * window * inputSize);
  const seen = fillTokens(model.reach, inputSize).subarray(-window * inputSize);
  for (let stream = 0; stream < streams; stream++) tokens.set(seen, stream * seen.length);
  const rotaryWriter = new RotaryWriter(encoder);
  const rotary = rotaryWriter.empty(streams, window);
  // Only distances count, so every window stands at the same place.
  rotaryWriter.write(rotary, window, 0);
  const table = [streams * window, headDim / 2];
  const feeds = {
    tokens: new ort.Tensor('float32', tokens, [streams * window, inputSize]),
    cos: new ort.Tensor('float32', rotary.cos, table),
    sin: new ort.Tensor('float32', rotary.sin, table),
  };
  let given: OnnxTensor | undefined;
  let givenTokens = 0;
  return {
    async step(batch) {
      const width = batch.tokens * inputSize;
      for (let stream = 0; stream < streams; stream++) {
        const end = (stream + 1) * window * inputSize;
        tokens.copyWithin(stream * window * inputSize, stream * window * inputSize + width, end);
        tokens.set(batch.each[stream] as Float32Array, end - width);
      }
      given = (await session.run(feeds)).encodings;
      givenTokens = batch.tokens;
    },
    encodings(stream) {
      const end = (stream + 1) * rows * hiddenSize;
      return (given as OnnxTensor).data.slice(end - givenTokens * hiddenSize, end);
    },
    close: () => session.release(),
  };
}
