export { isWasmSupported } from './support.ts';
export { createWasmEngine, type WasmEngineOptions } from './wasm-engine.ts';
