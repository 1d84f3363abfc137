export { type HuggingFaceOptions, longformerFromHuggingFace } from './longformer.ts';
export {
  type HuggingFaceLongformerConfig,
  LONGFORMER_ARCHITECTURES,
  type LongformerArchitecture,
  parseLongformerConfig,
} from './longformer-config.ts';
export { type HuggingFaceReformerOptions, reformerFromHuggingFace } from './reformer.ts';
export {
  chooseNumBuckets,
  type HuggingFaceReformerConfig,
  parseReformerConfig,
  REFORMER_ARCHITECTURES,
  type ReformerArchitecture,
} from './reformer-config.ts';
export { toHuggingFace } from './to-hugging-face.ts';
export type { HuggingFaceFiles } from './written-config.ts';
