import { type TaskHead, taskParameters } from '../heads/task/index.ts';
import { longformerParameters, longformerTensors } from '../longformer/index.ts';
import { reformerParameters, reformerTensors } from '../reformer/index.ts';
import type { EncoderModel } from './encoder-model.ts';

/** A tensor to be written. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The encoder's tensors by parameter name, rotations included. */
export function encoderTensors(encoder: EncoderModel['encoder']): Map<string, StoredTensor> {
  const [parameters, arrays] =
    encoder.family === 'longformer'
      ? [longformerParameters(encoder.config), longformerTensors(encoder.config, encoder.weights)]
      : [reformerParameters(encoder.config), reformerTensors(encoder.config, encoder.weights)];
  return new Map(parameters.map(({ name, shape }) => [name, { shape, values: arrays.get(name) as Float32Array }]));
}

/** The head's own tensors by parameter name. */
export function headTensors(head: TaskHead): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const { name, shape } of taskParameters(head.config)) {
    const [part, end] = name.split('.') as ['transform' | 'norm' | 'output', 'weight' | 'bias'];
    tensors.set(name, { shape, values: (head.weights[part] as { weight: Float32Array; bias: Float32Array })[end] });
  }
  return tensors;
}
