export {
  createLongformer,
  type LongformerConfig,
  type LongformerEncoder,
  type LongformerInit,
  type LongformerLayerWeights,
  type LongformerWeights,
  type ResolvedLongformerConfig,
  resolveLongformerConfig,
  seededWeights,
} from './longformer/index.ts';
