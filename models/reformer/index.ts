export { type CachedOutput, CachedReformer, type CallRotations } from './cached/cached-reformer.ts';
export type {
  LocalConfig,
  LshConfig,
  LshRule,
  ReformerConfig,
  ReformerLayer,
  ResolvedReformerConfig,
  WindowConfig,
} from './config.ts';
export { createReformer, type ReformerEncoder, type ReformerInit } from './encoder.ts';
export { buildReformerWeights, reformerParameters, reformerTensors } from './parameters.ts';
export { resolveReformerConfig } from './resolve-config.ts';
export { normalNumbers, seededReformerWeights } from './seeded-weights.ts';
export type { ReformerLayerTrace, ReformerSequence, ReformerSequenceOutput } from './sequence.ts';
export type { AttentionMaps, LshWeights, Projection, ReformerLayerWeights, ReformerWeights } from './weights.ts';
