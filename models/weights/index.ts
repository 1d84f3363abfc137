export type { EncoderModel, LongformerModel, ReformerModel } from './encoder-model.ts';
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
} from './hugging-face/index.ts';
export { loadModel, readModelTensors } from './load-model.ts';
export type { LoadModelOptions } from './load-options.ts';
export { fromModelFile, type StoredModel, toModelFile } from './model-file.ts';
export type { StoredTensor } from './model-tensors.ts';
export type { LongformerOverrides, ModelOverrides, ReformerOverrides } from './overrides.ts';
export {
  type Dtype,
  type Header,
  type ParseSafetensorsOptions,
  parseSafetensors,
  readSafetensorsFile,
  readSafetensorsHeader,
  readShardedSafetensors,
  requireFinite,
  type Safetensors,
  type SaveShardedOptions,
  saveSafetensors,
  saveShardedSafetensors,
  type TensorData,
  type TensorInfo,
  type WritableDtype,
  type WriteSafetensorsOptions,
  writeSafetensors,
} from './safetensors/index.ts';
export { type SaveModelOptions, saveHuggingFace, saveModelFile } from './save-model.ts';
export type { TensorSource } from './tensor-source.ts';
