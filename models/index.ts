export { createAnomalyHead } from './heads/anomaly/anomaly-head.ts';
export type { AnomalyHeadOptions } from './heads/anomaly/options.ts';
export { createNoveltyHead, type NoveltyHead, type NoveltyHeadOptions } from './heads/novelty/novelty-head.ts';
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
