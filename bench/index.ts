export { backpressureBench, runBackpressureBench } from './backpressure/main.ts';
export type { BackpressureMeasurement, BackpressureMode } from './backpressure/measure.ts';
export {
  COMPLEXITY_LENGTH_RANGE,
  COMPLEXITY_LENGTHS,
  type ComplexityBenchOptions,
  complexityBench,
} from './complexity/complexity-bench.ts';
export {
  COMPLEXITY_MODELS,
  type ComplexityFit,
  type ComplexityLine,
  type ComplexityMeasurement,
  type ComplexityModel,
  type ComplexitySkip,
} from './complexity/measurement.ts';
export { type RunComplexityOptions, runComplexityBench } from './complexity/run-complexity-bench.ts';
export { type CopyAccuracy, copyAccuracy, type NextToken } from './duplication/copy-accuracy.ts';
export {
  type DuplicationBenchOptions,
  type DuplicationMeasurement,
  duplicationBench,
} from './duplication/duplication-bench.ts';
export { duplicationSequence, SYMBOLS as DUPLICATION_SYMBOLS } from './duplication/duplication-data.ts';
export { type RunDuplicationOptions, runDuplicationBench } from './duplication/run-duplication-bench.ts';
export { untrainedModel as untrainedDuplicationModel } from './duplication/untrained-model.ts';
export { ENCODER_CONFIGS, ENCODER_SIZES, type EncoderSize } from './encoder/configs.ts';
export { type GrowthMeasurement, growthBench } from './encoder/growth-bench.ts';
export {
  type BandwidthMeasurement,
  ENGINE_NAMES,
  type EncoderFault,
  type EncoderLine,
  type EncoderMeasurement,
  type EncoderSkip,
  type EngineName as BenchEngineName,
  type IdleStreamsMeasurement,
  type WorkersMeasurement,
} from './encoder/measurement.ts';
export { type EncoderBenchLine, type RunEncoderOptions, runEncoderBench } from './encoder/run-encoder-bench.ts';
export type { TargetResult } from './encoder/targets.ts';
export {
  type BenchGuarantee,
  GUARANTEES as BENCH_GUARANTEES,
  type KafkaLine,
  type KafkaMeasurement,
  type KafkaRestoreMeasurement,
  type KafkaTarget,
} from './kafka/measurement.ts';
export { type RunKafkaOptions, runKafkaBench } from './kafka/run-kafka-bench.ts';
export type { NabMeasurement } from './nab/nab-bench.ts';
export { type NabBenchOptions, runNabBench } from './nab/run-nab-bench.ts';
export { type ParityCounts, runParity } from './parity/run-parity.ts';
export type { RecallMeasurement, VectorKind } from './recall/measurement.ts';
export { type RecallLine, type RunRecallOptions, runRecallBench } from './recall/run-recall-bench.ts';
export type { RecallAtPrice } from './recall/same-price.ts';
export type { LshSetting, Setting as RecallSetting, WindowSetting } from './recall/setting.ts';
