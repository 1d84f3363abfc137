import { loadPeer, type Peer, peerFolder } from './load-peer.ts';

/** What is used of TensorFlow.js. */
export interface Tensorflow {
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  keep(tensor: Tensor): Tensor;
  tidy<T>(work: () => T): T;
  add(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  square(x: Tensor): Tensor;
  rsqrt(x: Tensor): Tensor;
  erf(x: Tensor): Tensor;
  mean(x: Tensor, axis: number, keepDims: boolean): Tensor;
  softmax(x: Tensor): Tensor;
  concat(tensors: readonly Tensor[], axis: number): Tensor;
  slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor;
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  transpose(x: Tensor, axes: readonly number[]): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  readonly fused: {
    matMul(options: { a: Tensor; b: Tensor; bias: Tensor }): Tensor;
  };
  backend(): TensorflowBackend;
  setBackend(name: string): Promise<boolean>;
  env(): { set(flag: string, value: boolean): void };
}

export interface Tensor {
  dataSync(): Float32Array;
  dispose(): void;
}

export interface TensorflowBackend {
  /** Only of the wasm backend: the numbers of a tensor where they lie, until the memory grows. */
  typedArrayFromHeap?(tensor: Tensor): Float32Array;
}

interface WasmBackendPackage {
  setWasmPaths(folder: string): void;
  setThreadsCount(count: number): void;
}

/** TensorFlow.js with its wasm backend on one thread, where both are installed. */
export async function loadTensorflowWasm(): Promise<Peer<Tensorflow>> {
  const core = loadPeer<Tensorflow>('@tensorflow/tfjs-core');
  if ('missing' in core) return core;
  // Without this it recommends another package of its own, in the middle of the results.
  core.loaded.env().set('IS_TEST', true);
  const backend = loadPeer<WasmBackendPackage>('@tensorflow/tfjs-backend-wasm');
  if ('missing' in backend) return backend;
  backend.loaded.setWasmPaths(`${peerFolder('@tensorflow/tfjs-backend-wasm')}/`);
  backend.loaded.setThreadsCount(1);
  const ready = await withoutNewListeners(() => core.loaded.setBackend('wasm'));
  return ready ? core : { missing: 'the wasm backend of TensorFlow.js does not start here' };
}

/** Its loader listens for every uncaught error of the process and throws it anew; that is left to who runs the process. */
async function withoutNewListeners<T>(load: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = new Set(events.flatMap((event) => process.listeners(event as NodeJS.Signals)));
  const result = await load();
  for (const event of events) {
    for (const listener of process.listeners(event as NodeJS.Signals)) {
      if (!before.has(listener)) process.off(event, listener);
    }
  }
  return result;
}

/** TensorFlow.js on the C library of TensorFlow, where somebody has installed it. */
export function loadTensorflowNode(): Peer<Tensorflow> {
  const name = '@tensorflow/tfjs-node';
  const peer = loadPeer<Tensorflow>(name);
  if ('loaded' in peer || !peer.missing.includes('is not installed')) return peer;
  return { missing: `${name} is not installed: it downloads TensorFlow when it is, so no command here does` };
}
