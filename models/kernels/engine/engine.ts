import type { CachePrecision } from './cache-precision.ts';
import type { CandidateLists, KeyTable, KeyTableShape } from './key-table.ts';
import type { Activation, LayerNorm, Linear, LshShape } from './layers.ts';
import type { Rows } from './rows.ts';
import type { WindowCache, WindowCacheShape } from './window-cache.ts';

/** Engines that are there. */
export const ENGINES = ['wasm', 'reference'] as const;

/** One of {@link ENGINES}. */
export type EngineName = (typeof ENGINES)[number];

/** What an engine has taken from the machine for an encoder, its scratch and its streams; 0 where the heap holds it. */
export interface EngineMemory {
  /** Bytes taken from the machine; they stay taken as long as the encoder lives. */
  readonly reservedBytes: number;
  /** Bytes of those in use; closing a stream gives its share back for the next. */
  readonly usedBytes: number;
}

/** A map from rows to rows. */
export interface RowMap {
  /** Takes rows 0 .. count − 1 of `x` to those of `out`. */
  apply(x: Rows, out: Rows, count: number): void;
}

/** Angular hashing of the heads of rows into buckets. */
export interface LshKernel {
  readonly numBuckets: number;
  /**
   * Files rows 0 .. count − 1 of `x` `[heads * headDim]`: their buckets `[count, heads * rounds]`, and `[count]` the smallest
   * distance of a row's best bucket from its second, in lengths of the vector.
   */
  file(x: Rows, count: number, into: { readonly buckets: Int32Array; readonly margins: Float64Array }): void;
}

/**
 * The arithmetic of the layers over a memory of its own, for one encoder and its streams. Every engine gives the same
 * bits: each reduction has one order, documented with the reference kernels, in each precision of the caches. Rows of a pass are
 * independent, so T rows at once equal T times one row.
 */
export interface Engine {
  readonly name: EngineName;
  /** Most rows of a pass: what scratch and caches are made for. */
  readonly passRows: number;
  /** How caches and tables store keys and values. */
  readonly cachePrecision: CachePrecision;
  /** Bytes taken from the machine, and those of them in use. */
  readonly memory: EngineMemory;
  /** Scratch of `passRows` rows, zeros; lives as long as the engine. */
  rows(width: number): Rows;
  /** out = W x + b. `x` and `out` are different rows. */
  linear(layer: Linear): RowMap;
  /** LayerNorm; `x` and `out` may be the same rows. */
  layerNorm(norm: LayerNorm): RowMap;
  /** An activation of rows in place. */
  activate(name: Activation, x: Rows, count: number): void;
  /** x ← x + y */
  add(x: Rows, y: Rows, count: number): void;
  /** x ← x · factor, a float32 */
  scale(x: Rows, factor: number, count: number): void;
  /** x ← x / divisor, a float32 */
  divide(x: Rows, divisor: number, count: number): void;
  /** Rotates the pairs (2i, 2i + 1) of every head of `x` by the sin and cos pairs of the same row of `tables` `[headDim]`. */
  rotate(x: Rows, tables: Rows, count: number): void;
  /** Reformer's keys: every head of `x` normalised by its root mean square and divided by √headDim, see `normaliseKeys`. */
  normaliseKeys(x: Rows, out: Rows, options: { readonly headDim: number; count: number }): void;
  /** An empty cache for a stream. */
  openWindow(shape: WindowCacheShape): WindowCache;
  /** An empty table for a stream. */
  openTable(shape: KeyTableShape): KeyTable;
  /** Room for the lists of a pass; layers that ask for the same room share it. @throws OverflowError `MEMORY_EXHAUSTED` */
  candidateLists(lists: number, capacity: number): CandidateLists;
  /** @param rotations `[heads, headDim, rounds, Σ factors / 2]` */
  lsh(shape: LshShape, rotations: Float32Array): LshKernel;
}
