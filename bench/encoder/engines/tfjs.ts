import { type Batch, FILL_TOKENS, fillBatches } from '../batch.ts';
import type { Tensor, Tensorflow } from '../peers/tensorflow.ts';
import { rowsOfStream } from './batch-tensors.ts';
import {
  type BenchModel,
  cacheBytes,
  type Engine,
  type EngineSession,
  type LongformerModel,
  OTHER_ARITHMETIC,
} from './engine.ts';
import { RotaryWriter } from './rotary-rows.ts';
import { ConcatTfCaches, RingTfCaches, type TfCaches } from './tfjs-caches.ts';
import { TfEncoder } from './tfjs-step.ts';
import { type CacheShape, cacheShape, emptyCache, type LayerCache } from './window-cache.ts';

type CachesOf = new (tf: Tensorflow, shape: CacheShape, seed: readonly LayerCache[]) => TfCaches;

/** The memory of the wasm backend ends at 4 GiB; scores and copies need a part of it. */
const WASM_BYTES = 3e9;

/** TensorFlow.js on its wasm backend, one thread, with rings that are written to in its memory. */
export function tfjsWasm(tf: Tensorflow): Engine {
  return {
    ...tfjs(tf, 'tfjs-wasm', RingTfCaches),
    bytes: (model, streams) => 1.2 * streams * cacheBytes(model),
    refuses: (model, streams) =>
      streams * cacheBytes(model) > WASM_BYTES ? 'the caches do not fit into the 4 GiB of its wasm memory' : undefined,
  };
}

/** TensorFlow.js on the C library; its tensors cannot be written to, so caches are concatenated. */
export function tfjsNode(tf: Tensorflow): Engine {
  return tfjs(tf, 'tfjs-node', ConcatTfCaches);
}

/** @param Caches how keys and values are kept */
export function tfjs(tf: Tensorflow, name: 'tfjs-wasm' | 'tfjs-node', Caches: CachesOf): Engine {
  const filled = new Map<BenchModel, Filled>();
  return {
    name,
    families: ['longformer'],
    sees: 'stream',
    tolerance: OTHER_ARITHMETIC,
    bytes: (model, streams) => 2.5 * streams * cacheBytes(model),
    open: async (model, { streams }) => {
      const { encoder } = model as LongformerModel;
      let start = filled.get(model);
      if (start === undefined) {
        start = fill(tf, model as LongformerModel, Caches);
        filled.set(model, start);
      }
      const caches = new Caches(tf, cacheShape(encoder, streams), start.caches);
      return openSession(tf, model as LongformerModel, { streams, caches, position: start.position });
    },
  };
}

interface Filled {
  readonly caches: readonly LayerCache[];
  readonly position: number;
}

function fill(tf: Tensorflow, model: LongformerModel, Caches: CachesOf): Filled {
  const shape = cacheShape(model.encoder, 1);
  const empty = model.encoder.weights.layers.map(() => emptyCache(shape));
  const caches = new Caches(tf, shape, empty);
  const session = openSession(tf, model, { streams: 1, caches, position: 0 });
  const batches = fillBatches(model.reach, model.encoder.inputSize);
  for (const batch of batches) session.step(batch);
  const held = caches.read();
  session.close();
  return { caches: held, position: batches.length * FILL_TOKENS };
}

interface SessionStart {
  readonly streams: number;
  readonly caches: TfCaches;
  readonly position: number;
}

function openSession(tf: Tensorflow, model: LongformerModel, start: SessionStart): EngineSession {
  const { streams, caches } = start;
  const { inputSize, headDim } = model.encoder.config;
  const encoder = new TfEncoder(tf, model.encoder);
  const rotary = new RotaryWriter(model.encoder);
  let { position } = start;
  let given = new Float32Array(0);
  const table = (half: Float32Array, rows: number): Tensor =>
    tf.tensor(
      Float32Array.from({ length: rows * headDim }, (_, i) => half[i >> 1] as number),
      [rows, 1, headDim],
    );
  return {
    step({ tokens, all }: Batch) {
      const rows = streams * tokens;
      const angles = rotary.empty(streams, tokens);
      rotary.write(angles, tokens, position);
      caches.begin(tokens, position);
      const output = tf.tidy(() =>
        encoder.run({
          streams,
          tokens,
          input: tf.tensor(all, [rows, inputSize]),
          cos: table(angles.cos, rows),
          sin: table(angles.sin, rows),
          attend: (inputs) => caches.attend(inputs),
        }),
      );
      caches.end(tokens, position);
      given = output.dataSync() as Float32Array<ArrayBuffer>;
      output.dispose();
      position += tokens;
    },
    encodings: (stream) => rowsOfStream(given, stream, streams),
    close() {
      caches.dispose();
      encoder.dispose();
    },
  };
}
