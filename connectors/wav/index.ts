export type { WavHeader } from './riff-reader.ts';
export type { WavEncoding, WavFormat } from './wav-format.ts';
export { readWavHeader, type WavSourceOptions, wavSource } from './wav-source.ts';
