import { requireOneOf } from '../../core/index.ts';
import type { Engine } from './engine/index.ts';
import { ReferenceEngine } from './reference/index.ts';

/** Which engine an encoder computes with; the bits are the same. */
export interface EngineOptions {
  /**
   * `wasm`: WebAssembly with SIMD. `reference`: plain TypeScript. `auto`: the first that this machine can run; when that is
   * not `wasm` a warning says so once. Default `auto`.
   */
  readonly engine?: 'auto' | 'wasm' | 'reference';
}

const CHOICES = ['auto', 'wasm', 'reference'] as const;
/** Rows of a pass: enough for weights and caches to be read for many tokens at once, few enough for their scratch to stay in a core's caches. */
const PASS_ROWS = 32;

/**
 * Opens an engine for one encoder and its streams.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function openEngine(options: EngineOptions = {}): Engine {
  requireOneOf('engine', options.engine ?? 'auto', CHOICES);
  return new ReferenceEngine({ passRows: PASS_ROWS });
}
