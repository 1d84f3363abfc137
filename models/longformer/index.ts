export { type LongformerConfig, type ResolvedLongformerConfig, resolveLongformerConfig } from './config.ts';
export { createLongformer, type LongformerEncoder, type LongformerInit } from './encoder.ts';
export { type LongformerLayerWeights, type LongformerWeights, seededWeights } from './weights.ts';
