export { type MemorySink, memorySink } from './memory-sink.ts';
export { memorySource } from './memory-source.ts';
