export type { LongformerConfig, ResolvedLongformerConfig } from './config.ts';
export { createLongformer, type LongformerEncoder, type LongformerInit } from './encoder.ts';
export {
  buildLongformerWeights,
  longformerParameters,
  longformerTensors,
} from './parameters.ts';
export { resolveLongformerConfig } from './resolve-config.ts';
export { seededWeights } from './seeded-weights.ts';
export type { LayerTrace, LongformerSequence, LongformerSequenceOutput } from './sequence.ts';
export type {
  AttentionProjections,
  LongformerLayerWeights,
  LongformerWeights,
} from './weights.ts';
