export { backpressureBench, runBackpressureBench } from './backpressure/main.ts';
export type { BackpressureMeasurement, BackpressureMode } from './backpressure/measure.ts';
export { ENCODER_CONFIGS, type EncoderMeasurement, encoderBench } from './encoder/encoder-bench.ts';
export type { NabMeasurement } from './nab/nab-bench.ts';
export { type NabBenchOptions, runNabBench } from './nab/run-nab-bench.ts';
export { type ParityCounts, runParity } from './parity/run-parity.ts';
