export * from './encoders.ts';
export {
  type LoadModelOptions,
  loadModel,
  readModelTensors,
  readSafetensorsFile,
  readSafetensorsHeader,
  readShardedSafetensors,
  type SaveModelOptions,
  type SaveShardedOptions,
  saveHuggingFace,
  saveModelFile,
  saveSafetensors,
  saveShardedSafetensors,
} from './weights/index.ts';
