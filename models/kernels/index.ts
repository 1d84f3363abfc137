export * from './engine/index.ts';
export { type EngineOptions, openEngine } from './open-engine.ts';
