import { ConfigError, requireInteger, requireOneOf, show } from '../../core/index.ts';
import type { Engine } from './engine/index.ts';
import { ReferenceEngine } from './reference/index.ts';
import { createWasmEngine, isWasmSupported, MEMORY_LIMIT_RANGE } from './wasm/index.ts';

/** Which engine an encoder computes with; the bits are the same. */
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
}

const CHOICES = ['auto', 'wasm', 'reference'] as const;
/** Rows of a pass: enough for weights and caches to be read for many tokens at once, few enough for their scratch to stay in a core's caches. */
const PASS_ROWS = 32;

let warned = false;

/**
 * Opens an engine for one encoder and its streams.
 * @throws ConfigError `CONFIG_INVALID` when an option is wrong, or `wasm` is asked for where there is none; OverflowError `MEMORY_EXHAUSTED`
 */
export function openEngine(options: EngineOptions = {}): Engine {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigError('CONFIG_INVALID', `Expected the engine's options to be an object, got ${show(options)}`);
  }
  const { engine = 'auto', memoryLimitBytes = MEMORY_LIMIT_RANGE.max } = options;
  const choice = requireOneOf('engine', engine, CHOICES);
  requireInteger('memoryLimitBytes', memoryLimitBytes, MEMORY_LIMIT_RANGE);
  if (choice === 'reference') return new ReferenceEngine({ passRows: PASS_ROWS });
  if (isWasmSupported()) {
    return createWasmEngine({ passRows: PASS_ROWS, memoryLimitBytes });
  }
  if (choice === 'wasm') {
    throw new ConfigError('CONFIG_INVALID', 'Expected WebAssembly with SIMD for the engine `wasm`, this host has none');
  }
  warnOnce();
  return new ReferenceEngine({ passRows: PASS_ROWS });
}

function warnOnce(): void {
  if (warned) return;
  warned = true;
  console.warn('longwave: no WebAssembly with SIMD here; encoders run in plain TypeScript, many times slower');
}
