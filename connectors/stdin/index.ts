export { type DetectedInput, detectFormat, detectInput, type StreamFormat } from './detect-format.ts';
export { type StdinSourceOptions, stdinInput, stdinSource } from './stdin-source.ts';
