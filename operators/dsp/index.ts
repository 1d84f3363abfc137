// Samples to tokens as plain streaming classes: no RxJS and nothing of Node, so for browsers too.
export { type BlockMeanOptions, BlockMeanStream } from './block-mean-stream.ts';
export type { FrameOptions } from './frame-slicer.ts';
export { FrameStream } from './frame-stream.ts';
export { periodicHann } from './hann.ts';
export { type LogMelOptions, LogMelStream } from './log-mel-stream.ts';
export { type MelFilterbank, type MelFilterbankOptions, melFilterbank } from './mel-filterbank.ts';
export { StreamingScale, type StreamingScaleOptions } from './streaming-scale.ts';
export type { TokenStream } from './token-stream.ts';
