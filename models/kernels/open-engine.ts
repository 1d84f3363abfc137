import { ConfigError, requireInteger, requireOneOf, show } from '../../core/index.ts';
import { CACHE_PRECISIONS, type CachePrecision, type Engine } from './engine/index.ts';
import { ReferenceEngine } from './reference/index.ts';
import { createWasmEngine, isWasmSupported, MEMORY_LIMIT_RANGE } from './wasm/index.ts';

/** What an encoder computes with: the engine changes no bit, the precision of the caches does. */
export interface EngineOptions {
  /**
   * `wasm`: WebAssembly with SIMD. `reference`: plain TypeScript. `auto`: the first that this machine can run; when that is
   * not `wasm` a warning says so once. Default `auto`.
   */
  readonly engine?: 'auto' | 'wasm' | 'reference';
  /**
   * Most bytes that `wasm` takes for the weights and caches of the encoder and its streams, 1 MiB .. 4 GiB − 64 KiB; beyond,
   * `open` throws OverflowError `MEMORY_EXHAUSTED`. Default the most.
   */
  readonly memoryLimitBytes?: number;
  /**
   * How the caches of streams store keys and values, see {@link CachePrecision}: `int16` in about half the memory of `float32`,
   * `int8` in about a quarter, with an error that docs/PERFORMANCE.md gives. In each precision both engines give the same bits, however
   * a stream is cut, batched or restored. Pinned keys, what keeps no cache (`encodeSequence`, the rule `offline`) and heads stay
   * float32. Default `float32`.
   */
  readonly cachePrecision?: CachePrecision;
}

const CHOICES = ['auto', 'wasm', 'reference'] as const;
/** Rows of a pass: enough for weights and caches to be read for many tokens at once, few enough for their scratch to stay in a core's caches. */
const PASS_ROWS = 32;

let warned = false;

/**
 * Checks the options of an engine and fills in their defaults.
 * @throws ConfigError `CONFIG_INVALID`, naming the option
 */
export function requireEngineOptions(options: EngineOptions): Required<EngineOptions> {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigError('CONFIG_INVALID', `Expected the engine's options to be an object, got ${show(options)}`);
  }
  const { engine = 'auto', memoryLimitBytes = MEMORY_LIMIT_RANGE.max, cachePrecision = 'float32' } = options;
  return {
    engine: requireOneOf('engine', engine, CHOICES),
    memoryLimitBytes: requireInteger('memoryLimitBytes', memoryLimitBytes, MEMORY_LIMIT_RANGE),
    cachePrecision: requireOneOf('cachePrecision', cachePrecision, CACHE_PRECISIONS),
  };
}

/**
 * Opens an engine for one encoder and its streams.
 * @throws ConfigError `CONFIG_INVALID` when an option is wrong, or `wasm` is asked for where there is none; OverflowError `MEMORY_EXHAUSTED`
 */
export function openEngine(options: EngineOptions = {}): Engine {
  const { engine, memoryLimitBytes, cachePrecision } = requireEngineOptions(options);
  if (engine !== 'reference' && isWasmSupported()) {
    return createWasmEngine({ passRows: PASS_ROWS, memoryLimitBytes, cachePrecision });
  }
  if (engine === 'wasm') {
    throw new ConfigError('CONFIG_INVALID', 'Expected WebAssembly with SIMD for the engine `wasm`, this host has none');
  }
  if (engine === 'auto') warnOnce();
  return new ReferenceEngine({ passRows: PASS_ROWS, cachePrecision });
}

function warnOnce(): void {
  if (warned) return;
  warned = true;
  console.warn('longwave: no WebAssembly with SIMD here; encoders run in plain TypeScript, many times slower');
}
