export { ENCODER_CONFIGS, type EncoderMeasurement, encoderBench } from './encoder/encoder-bench.ts';
