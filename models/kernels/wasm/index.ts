export { MEMORY_LIMIT_RANGE } from './memory.ts';
export { isWasmSupported } from './support.ts';
export { createWasmEngine, type WasmEngineOptions } from './wasm-engine.ts';
