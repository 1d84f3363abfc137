import { requireInteger } from '../../../core/index.ts';
import {
  ACTIVATIONS,
  type Activation,
  type CachePrecision,
  type CandidateLists,
  type Engine,
  type KeyTable,
  type KeyTableShape,
  type LayerNorm,
  type Linear,
  type LshKernel,
  type LshShape,
  type RowMap,
  type Rows,
  type WindowCache,
  type WindowCacheShape,
} from '../engine/index.ts';
import { precisionPlace } from './cache-kernels.ts';
import { CandidateRows } from './candidate-rows.ts';
import { CandidateScratch } from './candidate-scratch.ts';
import { instantiateKernels, type Kernels } from './kernels.ts';
import { LayerNormMap } from './layer-norm-map.ts';
import { LinearMap } from './linear-map.ts';
import { LshMap } from './lsh-map.ts';
import { MAX_MEMORY_BYTES, WasmMemory } from './memory.ts';
import { WARM_UP_BYTES, WARM_UP_ROWS, warmUp } from './warm-up.ts';
import { WasmKeyTable } from './wasm-key-table.ts';
import { WasmRows } from './wasm-rows.ts';
import { WasmWindowCache } from './wasm-window-cache.ts';
import { WindowScratch } from './window-scratch.ts';

/** Places of the activations in the kernel. */
const ACTIVATION_PLACES: Readonly<Record<Activation, number>> = {
  gelu: ACTIVATIONS.indexOf('gelu'),
  'gelu-tanh': ACTIVATIONS.indexOf('gelu-tanh'),
  silu: ACTIVATIONS.indexOf('silu'),
  relu: ACTIVATIONS.indexOf('relu'),
};

const MAX_PASS_ROWS = 65536;

/** Sizes of a {@link createWasmEngine | WebAssembly engine}. */
export interface WasmEngineOptions {
  /** Most rows of a pass, 1..65536. */
  readonly passRows: number;
  /** Most bytes of weights, caches and scratch, 1 MiB .. 4 GiB − 64 KiB. Default the most. */
  readonly memoryLimitBytes?: number;
  /** How caches and tables store keys and values. Default `float32`. */
  readonly cachePrecision?: CachePrecision;
}

/** Compiled code belongs to the module, so one engine of a precision warms it for all. */
const warm = new Set<CachePrecision>();

/**
 * An engine in WebAssembly with 128-bit vectors. Weights, rows and caches stand in one memory; a call takes places in it
 * and nothing is copied or allocated for a token.
 *
 * @throws ConfigError `CONFIG_INVALID` when an option is out of its range or the host has no WebAssembly
 */
export function createWasmEngine(options: WasmEngineOptions): Engine {
  const engine = new WasmEngine(options);
  const { cachePrecision } = engine;
  if (!warm.has(cachePrecision)) {
    warm.add(cachePrecision);
    warmUp(new WasmEngine({ passRows: WARM_UP_ROWS, memoryLimitBytes: WARM_UP_BYTES, cachePrecision }));
  }
  return engine;
}

class WasmEngine implements Engine {
  readonly name = 'wasm';
  readonly passRows: number;
  readonly cachePrecision: CachePrecision;
  readonly memory: WasmMemory;
  readonly kernels: Kernels;
  /** What the kernels call the precision. */
  readonly precision: number;
  readonly windows: WindowScratch;
  readonly scratch: CandidateScratch;
  readonly #lists = new Map<string, CandidateRows>();

  constructor({ passRows, memoryLimitBytes, cachePrecision = 'float32' }: WasmEngineOptions) {
    this.passRows = requireInteger('passRows', passRows, { min: 1, max: MAX_PASS_ROWS });
    this.cachePrecision = cachePrecision;
    this.memory = new WasmMemory(memoryLimitBytes ?? MAX_MEMORY_BYTES);
    this.kernels = instantiateKernels(this.memory.raw);
    this.precision = precisionPlace(cachePrecision);
    this.windows = new WindowScratch(this.memory, passRows);
    this.scratch = new CandidateScratch(this.memory);
  }

  rows(width: number): Rows {
    return WasmRows.claim(this.memory, this.passRows, width);
  }

  linear(layer: Linear): RowMap {
    return new LinearMap(this.kernels, this.memory, layer);
  }

  layerNorm(norm: LayerNorm): RowMap {
    return new LayerNormMap(this.kernels, this.memory, norm);
  }

  activate(name: Activation, x: Rows, count: number): void {
    this.kernels.activate(ACTIVATION_PLACES[name], x.offset, x.stride, x.width, count);
  }

  add(x: Rows, y: Rows, count: number): void {
    this.kernels.addRows(x.offset, x.stride, y.offset, y.stride, x.width, count);
  }

  scale(x: Rows, factor: number, count: number): void {
    this.kernels.scaleRows(x.offset, x.stride, factor, x.width, count);
  }

  divide(x: Rows, divisor: number, count: number): void {
    this.kernels.divideRows(x.offset, x.stride, divisor, x.width, count);
  }

  rotate(x: Rows, tables: Rows, count: number): void {
    this.kernels.rotate(x.offset, x.stride, x.width, tables.offset, tables.stride, tables.width, count);
  }

  normaliseKeys(x: Rows, out: Rows, { headDim, count }: { readonly headDim: number; count: number }): void {
    const heads = x.width / headDim;
    this.kernels.normaliseKeys(x.offset, x.stride, out.offset, out.stride, heads, headDim, count);
  }

  openWindow(shape: WindowCacheShape): WindowCache {
    return new WasmWindowCache(this, shape);
  }

  openTable(shape: KeyTableShape): KeyTable {
    this.scratch.reserve({ headDim: shape.headDim });
    return new WasmKeyTable(this, shape);
  }

  candidateLists(lists: number, capacity: number): CandidateLists {
    this.scratch.reserve({ capacity });
    const key = `${lists} × ${capacity}`;
    const room = this.#lists.get(key) ?? new CandidateRows(this.memory, { rows: this.passRows, lists, capacity });
    this.#lists.set(key, room);
    return room;
  }

  lsh(shape: LshShape, rotations: Float32Array): LshKernel {
    return new LshMap(this, shape, rotations);
  }
}
