export { ACTIVATIONS, type Activation, applyActivation, applyTanh } from './activation.ts';
export { KeyRing, type WindowShape } from './key-ring.ts';
export { applyLayerNorm, type LayerNorm } from './layer-norm.ts';
export { applyLinear, type Linear } from './linear.ts';
export { PinnedKeys } from './pinned-keys.ts';
export { applyRotary, rotaryFrequencies, rotaryTable } from './rotary.ts';
export { RunningSoftmax, type SoftmaxAverage } from './running-softmax.ts';
export { SlidingSoftmax } from './sliding-softmax.ts';
export { WindowAttention } from './window-attention.ts';
