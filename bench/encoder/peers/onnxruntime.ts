import { loadPeer, type Peer } from './load-peer.ts';

/** What is used of onnxruntime-node. */
export interface Onnxruntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: OnnxSessionOptions): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OnnxTensor;
}

export interface OnnxSessionOptions {
  readonly intraOpNumThreads: number;
  readonly interOpNumThreads: number;
  readonly executionMode: 'sequential';
  readonly graphOptimizationLevel: 'all';
}

export interface OnnxSession {
  run(feeds: OnnxValues): Promise<OnnxValues>;
  /** Writes the outputs into the tensors of `fetches`. */
  run(feeds: OnnxValues, fetches: OnnxValues): Promise<OnnxValues>;
  release(): Promise<void>;
}

export interface OnnxTensor {
  readonly data: Float32Array;
}

export type OnnxValues = Readonly<Record<string, OnnxTensor>>;

/** onnxruntime-node, where it is installed. */
export function loadOnnxruntime(): Peer<Onnxruntime> {
  return loadPeer<Onnxruntime>('onnxruntime-node');
}

/** A session on one thread, with every optimisation of the graph. */
export function openOnnxSession(ort: Onnxruntime, model: Uint8Array): Promise<OnnxSession> {
  return ort.InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  });
}
