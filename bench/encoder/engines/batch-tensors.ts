import type { Batch } from '../batch.ts';
import type { Onnxruntime, OnnxTensor } from '../peers/onnxruntime.ts';

/** The tensors of batches that come again and again, `[streams * tokens, inputSize]`. */
export class BatchTensors {
  readonly #ort: Onnxruntime;
  readonly #inputSize: number;
  readonly #tensors = new Map<Batch, OnnxTensor>();

  constructor(ort: Onnxruntime, inputSize: number) {
    this.#ort = ort;
    this.#inputSize = inputSize;
  }

  of(batch: Batch): OnnxTensor {
    let tensor = this.#tensors.get(batch);
    if (tensor === undefined) {
      const rows = batch.all.length / this.#inputSize;
      tensor = new this.#ort.Tensor('float32', batch.all, [rows, this.#inputSize]);
      this.#tensors.set(batch, tensor);
    }
    return tensor;
  }
}

/** The part of a stream in rows of all `streams`, as an array of its own. */
export function rowsOfStream(rows: Float32Array, stream: number, streams: number): Float32Array {
  const size = rows.length / streams;
  return rows.slice(stream * size, (stream + 1) * size);
}
