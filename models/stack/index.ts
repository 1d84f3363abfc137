export type { LayerState, StackLayer } from './layer.ts';
export { LayeredStream, pushAll, type ReadoutStream } from './layered-stream.ts';
export { type Parameter, requireForm, requireInit, requireSeedable, sizeOf, tensorsByName } from './parameters.ts';
export { Readout, type ReadoutConfig, type ReadoutWeights } from './readout.ts';
export { requireKinds } from './require-kinds.ts';
export { latencyOf, type StackModel } from './stack-model.ts';
export { type EmbeddingConfig, type EmbeddingWeights, TokenEmbedding } from './token-embedding.ts';
export { WindowLayer, type WindowScratch } from './window-layer.ts';
export { WindowState, type WindowStateShape } from './window-state.ts';
