import { NOT_SEEN } from '../onnx/longformer-graph.ts';
import type { Tensor, Tensorflow } from '../peers/tensorflow.ts';
import { bandMask, RingMask } from './masks.ts';
import type { TfAttentionInputs } from './tfjs-step.ts';
import { type CacheShape, type LayerCache, repeatCache, storeRows } from './window-cache.ts';

/** The keys and values of all layers in TensorFlow.js. */
export interface TfCaches {
  /** Before a call of so many tokens from `position` on. */
  begin(tokens: number, position: number): void;
  /** Attention of one layer; within a tidy. */
  attend(inputs: TfAttentionInputs): Tensor;
  /** After the call. */
  end(tokens: number, position: number): void;
  /** What is held, in the layout that the constructor takes. */
  read(): LayerCache[];
  dispose(): void;
}

interface LayerTensors {
  keys: Tensor;
  values: Tensor;
}

/**
 * Rings that are written to where they lie in the memory of the wasm backend; the new keys are attended to beside them,
 * so that nothing of a cache is ever copied.
 */
export class RingTfCaches implements TfCaches {
  readonly #tf: Tensorflow;
  readonly #shape: CacheShape;
  readonly #layers: readonly LayerTensors[];
  readonly #masks = new Map<number, { readonly ring: RingMask; readonly tensor: Tensor; readonly own: Tensor }>();
  #new: LayerTensors[] = [];
  #tokens = 0;

  /** @param seed caches of one stream, in slots of position mod window */
  constructor(tf: Tensorflow, shape: CacheShape, seed: readonly LayerCache[]) {
    this.#tf = tf;
    this.#shape = shape;
    this.#layers = cacheTensors(tf, shape, seed);
  }

  begin(tokens: number, position: number): void {
    this.#tokens = tokens;
    this.#new = [];
    const mask = this.#mask(tokens);
    mask.ring.write(position);
    this.#heap(mask.tensor).set(mask.ring.values);
  }

  attend({ layer, query, key, value }: TfAttentionInputs): Tensor {
    const tf = this.#tf;
    const { streams, heads, window } = this.#shape;
    const { keys, values } = this.#layers[layer] as LayerTensors;
    const mask = this.#mask(this.#tokens);
    this.#new.push({ keys: tf.keep(key), values: tf.keep(value) });
    const before = tf.add(tf.matMul(query, keys, false, true), mask.tensor);
    const among = tf.add(tf.matMul(query, key, false, true), mask.own);
    const weights = tf.softmax(tf.concat([before, among], 3));
    const part = (from: number, size: number): Tensor =>
      tf.slice(weights, [0, 0, 0, from], [streams, heads, this.#tokens, size]);
    return tf.add(tf.matMul(part(0, window), values), tf.matMul(part(window, this.#tokens), value));
  }

  end(tokens: number, position: number): void {
    const rows = { shape: this.#shape, tokens, position };
    this.#new.forEach(({ keys, values }, layer) => {
      const cache = this.#layers[layer] as LayerTensors;
      storeRows(this.#heap(cache.keys), this.#heap(keys), rows);
      storeRows(this.#heap(cache.values), this.#heap(values), rows);
      keys.dispose();
      values.dispose();
    });
  }

  read(): LayerCache[] {
    return readLayers(this.#layers);
  }

  dispose(): void {
    disposeLayers(this.#layers);
    for (const { tensor, own } of this.#masks.values()) {
      tensor.dispose();
      own.dispose();
    }
  }

  #mask(tokens: number): { readonly ring: RingMask; readonly tensor: Tensor; readonly own: Tensor } {
    let mask = this.#masks.get(tokens);
    if (mask === undefined) {
      const { streams, window } = this.#shape;
      const ring = new RingMask({ streams, tokens, window });
      const causal = Float32Array.from({ length: tokens * tokens }, (_, i) =>
        i % tokens > Math.floor(i / tokens) ? NOT_SEEN : 0,
      );
      const tensor = this.#tf.tensor(ring.values, [streams, 1, tokens, window]);
      mask = { ring, tensor, own: this.#tf.tensor(causal, [1, 1, tokens, tokens]) };
      this.#masks.set(tokens, mask);
    }
    return mask;
  }

  #heap(tensor: Tensor): Float32Array {
    return (this.#tf.backend() as { typedArrayFromHeap(tensor: Tensor): Float32Array }).typedArrayFromHeap(tensor);
  }
}

/** Caches made longer and cut again at every call, oldest key first: for backends whose tensors cannot be written to. */
export class ConcatTfCaches implements TfCaches {
  readonly #tf: Tensorflow;
  readonly #shape: CacheShape;
  readonly #layers: readonly LayerTensors[];
  readonly #masks = new Map<number, Tensor>();
  #tokens = 0;

  /** @param seed caches of one stream, oldest key first */
  constructor(tf: Tensorflow, shape: CacheShape, seed: readonly LayerCache[]) {
    this.#tf = tf;
    this.#shape = shape;
    this.#layers = cacheTensors(tf, shape, seed);
  }

  begin(tokens: number, position: number): void {
    const { streams, window } = this.#shape;
    this.#tokens = tokens;
    if (this.#masks.has(tokens)) return;
    const mask = bandMask({ streams, tokens, window }, position);
    this.#masks.set(tokens, this.#tf.tensor(mask, [streams, 1, tokens, window + tokens]));
  }

  attend({ layer, query, key, value }: TfAttentionInputs): Tensor {
    const tf = this.#tf;
    const { streams, heads, window, headDim } = this.#shape;
    const cache = this.#layers[layer] as LayerTensors;
    const longer = [tf.concat([cache.keys, key], 2), tf.concat([cache.values, value], 2)] as const;
    const tokens = this.#tokens;
    const latest = (x: Tensor): Tensor => tf.keep(tf.slice(x, [0, 0, tokens, 0], [streams, heads, window, headDim]));
    cache.keys.dispose();
    cache.values.dispose();
    cache.keys = latest(longer[0]);
    cache.values = latest(longer[1]);
    const scores = tf.add(tf.matMul(query, longer[0], false, true), this.#masks.get(tokens) as Tensor);
    return tf.matMul(tf.softmax(scores), longer[1]);
  }

  end(tokens: number, position: number): void {
    // Until the caches are full each call has a mask of its own.
    if (position >= this.#shape.window) return;
    this.#masks.get(tokens)?.dispose();
    this.#masks.delete(tokens);
  }

  read(): LayerCache[] {
    return readLayers(this.#layers);
  }

  dispose(): void {
    disposeLayers(this.#layers);
    for (const mask of this.#masks.values()) mask.dispose();
  }
}

function cacheTensors(tf: Tensorflow, shape: CacheShape, seed: readonly LayerCache[]): LayerTensors[] {
  const dims = [shape.streams, shape.heads, shape.window, shape.headDim];
  const tensor = (one: Float32Array): Tensor => tf.tensor(repeatCache(one, shape), dims);
  return seed.map(({ keys, values }) => ({ keys: tensor(keys), values: tensor(values) }));
}

function readLayers(layers: readonly LayerTensors[]): LayerCache[] {
  return layers.map(({ keys, values }) => ({ keys: keys.dataSync(), values: values.dataSync() }));
}

function disposeLayers(layers: readonly LayerTensors[]): void {
  for (const { keys, values } of layers) {
    keys.dispose();
    values.dispose();
  }
}
