export {
  ACTIVATIONS,
  type Activation,
  type LayerNorm,
  type Linear,
  type LshShape,
  rotationShape,
} from '../engine/index.ts';
export { applyActivation, applyTanh } from './activation.ts';
export { CandidateAttention, type KeyTable, normaliseKeys } from './candidate-attention.ts';
export { KeyRing, type WindowShape } from './key-ring.ts';
export { applyLayerNorm } from './layer-norm.ts';
export { applyLinear } from './linear.ts';
export { LshHash } from './lsh-hash.ts';
export { PinnedKeys } from './pinned-keys.ts';
export { ReferenceEngine } from './reference-engine.ts';
export { applyRotary, rotaryFrequencies, rotaryTable } from './rotary.ts';
export { RunningSoftmax, type SoftmaxAverage } from './running-softmax.ts';
export { SlidingSoftmax } from './sliding-softmax.ts';
export { WindowAttention } from './window-attention.ts';
