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
export { ENCODER_CONFIGS, type EncoderMeasurement, encoderBench } from './encoder/encoder-bench.ts';
export type { NabMeasurement } from './nab/nab-bench.ts';
export { type NabBenchOptions, runNabBench } from './nab/run-nab-bench.ts';
export { type ParityCounts, runParity } from './parity/run-parity.ts';
