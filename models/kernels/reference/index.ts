export { type Activation, applyActivation } from './activation.ts';
export { KeyValueCache } from './key-value-cache.ts';
export { applyLayerNorm, type LayerNorm } from './layer-norm.ts';
export { applyLinear, type Linear } from './linear.ts';
export { applyRotary, rotaryFrequencies, rotaryTable } from './rotary.ts';
export { WindowAttention } from './window-attention.ts';
