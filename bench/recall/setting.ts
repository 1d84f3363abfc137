import type { ReformerConfig } from '../../models/index.ts';

/** An LSH rule with its parameters, as the configuration of a Reformer has them. */
export interface LshSetting {
  readonly rule: 'bucket-recency' | 'prefix-exact' | 'offline';
  readonly rounds: number;
  readonly numBuckets: number | readonly number[];
  readonly chunkLength: number;
  readonly horizon: number;
  readonly depth: number;
  readonly fallback: number;
  readonly combine: 'lse' | 'union';
}

/** The window alone: the latest `keys` tokens before a token. */
export interface WindowSetting {
  readonly rule: 'window';
  readonly keys: number;
}

/** What is measured. */
export type Setting = LshSetting | WindowSetting;

/** The shape of the layer whose attention is measured; everything but what it sees. */
export type LayerShape = Pick<ReformerConfig, 'inputSize' | 'input' | 'hiddenSize' | 'numHeads' | 'ffnSize'>;

/** A Reformer of one layer with a setting; a token of its window sees itself too. */
export function layerConfig(shape: LayerShape, setting: Setting): ReformerConfig {
  if (setting.rule === 'window') return { ...shape, layers: ['window'], window: { window: setting.keys + 1 } };
  const { rounds, ...lsh } = setting;
  // The offline rule is that of Hugging Face, where the ends meet.
  return { ...shape, layers: ['lsh'], wrap: 'circular', lsh: { ...lsh, numHashes: rounds } };
}

const ROUNDS = [1, 2, 4, 8];
const HORIZONS = [256, 1024, 4096];
const WINDOWS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

/** A setting by the library's defaults: 2 × horizon / chunkLength buckets, depth 2 × chunkLength, fallback chunkLength. */
export function defaultSetting(rule: LshSetting['rule'], rounds: number, horizon: number): LshSetting {
  const chunkLength = 32;
  return {
    rule,
    rounds,
    numBuckets: (2 * horizon) / chunkLength,
    chunkLength,
    horizon,
    depth: 2 * chunkLength,
    fallback: chunkLength,
    combine: 'lse',
  };
}

/** What is measured on recordings: each rule over rounds and horizons, each parameter moved alone, plain windows. */
export function realSettings(tokens: number): Setting[] {
  // A horizon is worth its row when the next smaller one forgets something.
  const horizons = HORIZONS.filter((_, i) => i === 0 || (HORIZONS[i - 1] as number) < tokens);
  const grid = (rule: LshSetting['rule']): Setting[] =>
    horizons.flatMap((horizon) => ROUNDS.map((rounds) => defaultSetting(rule, rounds, horizon)));
  const base = defaultSetting('bucket-recency', 4, 1024);
  const moved: Partial<LshSetting>[] = [
    { depth: 8 },
    { depth: 16 },
    { depth: 32 },
    { depth: 128 },
    { fallback: 0 },
    { fallback: 128 },
    { numBuckets: 16 },
    { numBuckets: 256 },
    { numBuckets: [8, 8] },
    { combine: 'union' },
  ];
  const buckets = 2 * Math.ceil(tokens / base.chunkLength);
  return [
    ...windowSettings(tokens),
    ...grid('bucket-recency'),
    ...moved.map((change) => ({ ...base, ...change })),
    ...grid('prefix-exact'),
    ...ROUNDS.map((rounds) => ({ ...defaultSetting('offline', rounds, 1024), numBuckets: buckets })),
  ];
}

/** What is measured on clusters: chunks of 16, 64 buckets, everything remembered, no fallback, two depths. */
export function clusteredSettings(tokens: number): Setting[] {
  const base = { numBuckets: 64, chunkLength: 16, horizon: tokens, depth: 32, fallback: 0, combine: 'lse' } as const;
  const over = (rule: LshSetting['rule'], depth: number): Setting[] =>
    ROUNDS.map((rounds) => ({ ...base, rule, rounds, depth }));
  return [
    ...windowSettings(tokens),
    ...over('bucket-recency', 32),
    ...over('bucket-recency', 16),
    ...over('prefix-exact', 32),
    ...over('offline', 32),
  ];
}

function windowSettings(tokens: number): WindowSetting[] {
  return WINDOWS.filter((keys) => keys < 2 * tokens).map((keys) => ({ rule: 'window', keys }));
}
