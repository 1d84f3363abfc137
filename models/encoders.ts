// Everything of the models that needs no file system and no other part of Node: for browsers too. No `node:` import may stand
// in the graph of this file.
export { createAnomalyHead } from './heads/anomaly/anomaly-head.ts';
export type { AnomalyHeadOptions } from './heads/anomaly/options.ts';
export { createNoveltyHead, type NoveltyHead, type NoveltyHeadOptions } from './heads/novelty/novelty-head.ts';
export {
  buildTaskWeights,
  createTaskHead,
  TASKS,
  type TaskConfig,
  type TaskHead,
  type TaskWeights,
  taskParameters,
} from './heads/task/index.ts';
export {
  CACHE_PRECISIONS,
  type CachePrecision,
  ENGINES,
  type EngineMemory,
  type EngineName,
  type EngineOptions,
} from './kernels/index.ts';
export {
  type AttentionProjections,
  buildLongformerWeights,
  createLongformer,
  type LayerTrace,
  type LongformerConfig,
  type LongformerEncoder,
  type LongformerInit,
  type LongformerLayerWeights,
  type LongformerSequence,
  type LongformerSequenceOutput,
  type LongformerWeights,
  longformerParameters,
  longformerTensors,
  type ResolvedLongformerConfig,
  resolveLongformerConfig,
  seededWeights,
} from './longformer/index.ts';
export {
  type AttentionMaps,
  buildReformerWeights,
  type CachedOutput,
  CachedReformer,
  type CallRotations,
  createReformer,
  type LocalConfig,
  type LshConfig,
  type LshRule,
  type LshWeights,
  normalNumbers,
  type Projection,
  type ReformerConfig,
  type ReformerEncoder,
  type ReformerInit,
  type ReformerLayer,
  type ReformerLayerTrace,
  type ReformerLayerWeights,
  type ReformerSequence,
  type ReformerSequenceOutput,
  type ReformerWeights,
  type ResolvedReformerConfig,
  reformerParameters,
  reformerTensors,
  resolveReformerConfig,
  seededReformerWeights,
  type WindowConfig,
} from './reformer/index.ts';
export type { EmbeddingWeights, Parameter, ReadoutConfig, ReadoutStream, ReadoutWeights } from './stack/index.ts';
export type { EncoderModel, LongformerModel, ReformerModel } from './weights/encoder-model.ts';
export {
  chooseNumBuckets,
  type HuggingFaceFiles,
  type HuggingFaceLongformerConfig,
  type HuggingFaceOptions,
  type HuggingFaceReformerConfig,
  type HuggingFaceReformerOptions,
  LONGFORMER_ARCHITECTURES,
  type LongformerArchitecture,
  longformerFromHuggingFace,
  parseLongformerConfig,
  parseReformerConfig,
  REFORMER_ARCHITECTURES,
  type ReformerArchitecture,
  reformerFromHuggingFace,
  toHuggingFace,
} from './weights/hugging-face/index.ts';
export { fromModelFile, type StoredModel, toModelFile } from './weights/model-file.ts';
export type { StoredTensor } from './weights/model-tensors.ts';
export type { LongformerOverrides, ModelOverrides, ReformerOverrides } from './weights/overrides.ts';
export type { Dtype, WritableDtype } from './weights/safetensors/dtype.ts';
export type { TensorData } from './weights/safetensors/encode.ts';
export { requireFinite } from './weights/safetensors/require-finite.ts';
export { type ParseSafetensorsOptions, parseSafetensors, type Safetensors } from './weights/safetensors/safetensors.ts';
export type { Header, TensorInfo } from './weights/safetensors/tensor-info.ts';
export { type WriteSafetensorsOptions, writeSafetensors } from './weights/safetensors/write.ts';
export type { TensorSource } from './weights/tensor-source.ts';
