import { type Batch, FILL_TOKENS, fillBatches } from '../batch.ts';
import { ringAttention } from '../onnx/attention-forms.ts';
import { longformerGraph } from '../onnx/longformer-graph.ts';
import { type Onnxruntime, type OnnxSession, type OnnxTensor, openOnnxSession } from '../peers/onnxruntime.ts';
import { BatchTensors, rowsOfStream } from './batch-tensors.ts';
import {
  type BenchModel,
  cacheBytes,
  type Engine,
  type EngineSession,
  type LongformerModel,
  OTHER_ARITHMETIC,
} from './engine.ts';
import { RingMask } from './masks.ts';
import { type RotaryRows, RotaryWriter } from './rotary-rows.ts';
import { type CacheShape, cacheShape, emptyCache, type LayerCache, repeatCache, storeRows } from './window-cache.ts';

/** onnxruntime with the keys and values in rings that it reads in place and the caller writes to. */
export function onnxruntimeRing(ort: Onnxruntime): Engine {
  return {
    name: 'onnxruntime-ring',
    families: ['longformer'],
    sees: 'stream',
    tolerance: OTHER_ARITHMETIC,
    bytes: (model, streams) => 1.1 * streams * cacheBytes(model),
    open: async (model, { streams, tokens }) => {
      const start = await filledCaches(ort, model as LongformerModel);
      const shape = cacheShape((model as LongformerModel).encoder, streams);
      const caches = start.caches.map(({ keys, values }) => ({
        keys: repeatCache(keys, shape),
        values: repeatCache(values, shape),
      }));
      return RingSession.open(ort, model as LongformerModel, { shape, tokens, caches, position: start.position });
    },
  };
}

/** The caches of one stream that has seen the fill, and its position. */
export interface FilledCaches {
  readonly caches: readonly LayerCache[];
  readonly position: number;
}

const filled = new WeakMap<BenchModel, Promise<FilledCaches>>();

/** Runs the fill once a model. */
export function filledCaches(ort: Onnxruntime, model: LongformerModel): Promise<FilledCaches> {
  let caches = filled.get(model);
  if (caches === undefined) {
    caches = fill(ort, model);
    filled.set(model, caches);
  }
  return caches;
}

async function fill(ort: Onnxruntime, model: LongformerModel): Promise<FilledCaches> {
  const shape = cacheShape(model.encoder, 1);
  const caches = model.encoder.weights.layers.map(() => emptyCache(shape));
  const session = await RingSession.open(ort, model, { shape, tokens: [FILL_TOKENS], caches, position: 0 });
  const batches = fillBatches(model.reach, model.encoder.inputSize);
  for (const batch of batches) await session.step(batch);
  await session.close();
  return { caches, position: batches.length * FILL_TOKENS };
}

interface RingStart {
  readonly shape: CacheShape;
  readonly tokens: readonly number[];
  /** Written to from here on. */
  readonly caches: readonly LayerCache[];
  readonly position: number;
}

/** What belongs to one number of tokens per call. */
interface RingCall {
  readonly session: OnnxSession;
  readonly mask: RingMask;
  readonly rotary: RotaryRows;
  readonly feeds: Record<string, OnnxTensor>;
  /** Outputs are written into the same arrays at every call. */
  readonly fetches: Readonly<Record<string, OnnxTensor>>;
}

class RingSession implements EngineSession {
  readonly #shape: CacheShape;
  readonly #caches: readonly LayerCache[];
  readonly #inputs: BatchTensors;
  readonly #rotary: RotaryWriter;
  readonly #calls = new Map<number, RingCall>();
  #position: number;
  #given: OnnxTensor | undefined;

  private constructor(ort: Onnxruntime, { encoder }: LongformerModel, { shape, caches, position }: RingStart) {
    this.#shape = shape;
    this.#caches = caches;
    this.#inputs = new BatchTensors(ort, encoder.config.inputSize);
    this.#rotary = new RotaryWriter(encoder);
    this.#position = position;
  }

  static async open(ort: Onnxruntime, model: LongformerModel, start: RingStart): Promise<RingSession> {
    const ring = new RingSession(ort, model, start);
    for (const tokens of start.tokens) {
      const call = { streams: start.shape.streams, tokens };
      const graph = longformerGraph(model.encoder, call, { attend: ringAttention(model.encoder, call) });
      const session = await openOnnxSession(ort, graph.bytes());
      ring.#calls.set(tokens, { session, ...ring.#tensors(ort, model, tokens) });
    }
    return ring;
  }

  async step(batch: Batch): Promise<void> {
    const { tokens } = batch;
    const { session, mask, rotary, feeds, fetches } = this.#calls.get(tokens) as RingCall;
    feeds.tokens = this.#inputs.of(batch);
    mask.write(this.#position);
    this.#rotary.write(rotary, tokens, this.#position);
    await session.run(feeds, fetches);
    const rows = { shape: this.#shape, tokens, position: this.#position };
    for (let layer = 0; layer < this.#caches.length; layer++) {
      const cache = this.#caches[layer] as LayerCache;
      storeRows(cache.keys, (fetches[`newKey_${layer}`] as OnnxTensor).data, rows);
      storeRows(cache.values, (fetches[`newValue_${layer}`] as OnnxTensor).data, rows);
    }
    this.#position += tokens;
    this.#given = fetches.encodings;
  }

  encodings(stream: number): Float32Array {
    return rowsOfStream((this.#given as OnnxTensor).data, stream, this.#shape.streams);
  }

  async close(): Promise<void> {
    for (const { session } of this.#calls.values()) await session.release();
  }

  #tensors(ort: Onnxruntime, { encoder }: LongformerModel, tokens: number): Omit<RingCall, 'session'> {
    const { streams, heads, window, headDim } = this.#shape;
    const rows = streams * tokens;
    const tensor = (data: Float32Array, dims: readonly number[]): OnnxTensor => new ort.Tensor('float32', data, dims);
    const mask = new RingMask({ streams, tokens, window });
    const rotary = this.#rotary.empty(streams, tokens);
    const feeds: Record<string, OnnxTensor> = {
      mask: tensor(mask.values, [streams, 1, tokens, window]),
      cos: tensor(rotary.cos, [rows, headDim / 2]),
      sin: tensor(rotary.sin, [rows, headDim / 2]),
    };
    const { hiddenSize } = encoder.config;
    const fetches: Record<string, OnnxTensor> = {
      encodings: tensor(new Float32Array(rows * hiddenSize), [rows, hiddenSize]),
    };
    const added = (): OnnxTensor => tensor(new Float32Array(rows * hiddenSize), [streams, heads, tokens, headDim]);
    for (const [layer, { keys, values }] of this.#caches.entries()) {
      feeds[`keys_${layer}`] = tensor(keys, [streams, heads, window, headDim]);
      feeds[`values_${layer}`] = tensor(values, [streams, heads, window, headDim]);
      fetches[`newKey_${layer}`] = added();
      fetches[`newValue_${layer}`] = added();
    }
    return { mask, rotary, feeds, fetches };
  }
}
