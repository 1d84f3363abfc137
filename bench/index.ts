export { backpressureBench, runBackpressureBench } from './backpressure/main.ts';
export type { BackpressureMeasurement, BackpressureMode } from './backpressure/measure.ts';
export { ENCODER_CONFIGS, type EncoderMeasurement, encoderBench } from './encoder/encoder-bench.ts';
