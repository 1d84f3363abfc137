export { type HuggingFaceOptions, longformerFromHuggingFace } from './longformer.ts';
export {
  type HuggingFaceLongformerConfig,
  LONGFORMER_ARCHITECTURES,
  type LongformerArchitecture,
  parseLongformerConfig,
} from './longformer-config.ts';
export { type HuggingFaceFiles, toHuggingFace } from './to-hugging-face.ts';
