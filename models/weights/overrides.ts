import type { LongformerConfig } from '../longformer/index.ts';

/** Fields of an encoder that may differ from its file: what a token sees, not the shape of the weights. */
export type LongformerOverrides = Pick<
  LongformerConfig,
  'window' | 'lookAhead' | 'dilation' | 'sinks' | 'globals' | 'positionPolicy'
>;

/** A configuration with changes; with sinks or globals the two-way global projections are left out. */
export function applyOverrides(config: LongformerConfig, overrides: LongformerOverrides): LongformerConfig {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return { ...config, ...given, ...(isPinned(overrides) ? { globalProjections: false } : {}) };
}

/** Whether the changes give a stream pinned keys. */
export function isPinned({ sinks = 0, globals = 0 }: LongformerOverrides): boolean {
  return sinks + globals > 0;
}
