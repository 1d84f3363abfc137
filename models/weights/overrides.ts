import { ConfigError, requireInteger } from '../../core/index.ts';
import type { LongformerConfig } from '../longformer/index.ts';
import type { LshConfig, ReformerConfig, ResolvedReformerConfig } from '../reformer/index.ts';

/** Fields of a Longformer that may differ from its file: what a token sees, not the shape of the weights. */
export type LongformerOverrides = Pick<
  LongformerConfig,
  'window' | 'lookAhead' | 'dilation' | 'sinks' | 'globals' | 'positionPolicy'
>;

/** Fields of a Reformer that may differ from its file. */
export interface ReformerOverrides extends Pick<ReformerConfig, 'positionPolicy'> {
  /**
   * Of a model file: `rule`, `horizon`, `depth`, `fallback` and `combine`, and `numHashes` when it is lowered, which keeps
   * the first rounds of the rotations. Of a directory: all fields, because its rotations are drawn anew.
   */
  readonly lsh?: Partial<LshConfig>;
}

/** Fields of either family; those of the other family are refused. */
export interface ModelOverrides extends LongformerOverrides, ReformerOverrides {}

const FIELDS: Readonly<Record<'longformer' | 'reformer', readonly string[]>> = {
  longformer: ['window', 'lookAhead', 'dilation', 'sinks', 'globals', 'positionPolicy'],
  reformer: ['lsh', 'positionPolicy'],
};

/** What a stream looks for, whatever the weights are. */
const STREAM_FIELDS: readonly string[] = ['rule', 'horizon', 'depth', 'fallback', 'combine'];

/**
 * Checks that changes suit the family of a model.
 * @throws ConfigError `CONFIG_INVALID`, naming the field
 */
export function requireOverrides(family: 'longformer' | 'reformer', overrides: ModelOverrides): void {
  requireFields(`the overrides of a ${family}`, overrides, FIELDS[family]);
}

/** A Longformer's configuration with changes; with sinks or globals the two-way global projections are left out. */
export function applyOverrides(config: LongformerConfig, overrides: LongformerOverrides): LongformerConfig {
  return { ...config, ...given(overrides), ...(isPinned(overrides) ? { globalProjections: false } : {}) };
}

/** Whether the changes give a stream pinned keys. */
export function isPinned({ sinks = 0, globals = 0 }: LongformerOverrides): boolean {
  return sinks + globals > 0;
}

/**
 * The configuration of a Reformer in a file with changes. A lower horizon takes the fallback with it.
 * @throws ConfigError `CONFIG_INVALID` for a field that the stored rotations settle
 */
export function applyReformerOverrides(config: ResolvedReformerConfig, overrides: ReformerOverrides): ReformerConfig {
  const changed = { ...config, ...given(overrides) } as ReformerConfig;
  const { lsh } = overrides;
  // What is no change to LSH layers is refused where the configuration is resolved.
  if (typeof lsh !== 'object' || lsh === null || config.lsh === undefined) return changed;
  requireFields('the changes to `lsh` of a model file', lsh, [...STREAM_FIELDS, 'numHashes']);
  if (lsh.numHashes !== undefined) {
    requireInteger('lsh.numHashes', lsh.numHashes, { min: 1, max: config.lsh.numHashes });
  }
  const fallback = Math.min(config.lsh.fallback, lsh.horizon ?? config.lsh.horizon);
  return { ...changed, lsh: { ...config.lsh, fallback, ...given(lsh) } };
}

/** The rounds `[heads, headDim, rounds, width]` that come first in rotations of `storedRounds`. */
export function firstRounds(rotations: Float32Array, shape: readonly number[], storedRounds: number): Float32Array {
  const [heads, headDim, rounds, width] = shape as [number, number, number, number];
  if (rounds === storedRounds) return rotations;
  const kept = new Float32Array(heads * headDim * rounds * width);
  for (let row = 0; row < heads * headDim; row++) {
    const from = row * storedRounds * width;
    kept.set(rotations.subarray(from, from + rounds * width), row * rounds * width);
  }
  return kept;
}

/**
 * Checks that an object has no field beyond those named.
 * @param what names the object in the message
 * @throws ConfigError `CONFIG_INVALID`, naming the field
 */
export function requireFields(what: string, value: object, fields: readonly string[]): void {
  const wrong = Object.keys(given(value)).find((field) => !fields.includes(field));
  if (wrong === undefined) return;
  throw new ConfigError('CONFIG_INVALID', `Expected ${what} to be some of ${fields.join(', ')}, got \`${wrong}\``);
}

/** Leaves out the fields that are undefined. */
function given<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
