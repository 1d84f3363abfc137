export {
  areCacheRows,
  CACHE_PRECISIONS,
  type CacheNumbers,
  type CachePrecision,
  type CacheRows,
  cacheNumberBytes,
  cacheNumbers,
  cacheRows,
  largestCacheInteger,
} from './cache-precision.ts';
export { ENGINES, type Engine, type EngineMemory, type EngineName, type LshKernel, type RowMap } from './engine.ts';
export type { CandidateLists, KeyTable, KeyTableShape } from './key-table.ts';
export { ACTIVATIONS, type Activation, type LayerNorm, type Linear, type LshShape, rotationShape } from './layers.ts';
export { PinnedIndex, type PinnedIndexShape } from './pinned-index.ts';
export type { RowRange, Rows } from './rows.ts';
export type { WindowCache, WindowCacheShape, WindowContents } from './window-cache.ts';
