export * from './engine/index.ts';
export { type EngineOptions, openEngine, requireEngineOptions } from './open-engine.ts';
