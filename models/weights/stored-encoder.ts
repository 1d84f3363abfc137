import type { EngineOptions } from '../kernels/index.ts';
import {
  buildLongformerWeights,
  createLongformer,
  type LongformerConfig,
  type LongformerWeights,
  longformerParameters,
  type ResolvedLongformerConfig,
  resolveLongformerConfig,
} from '../longformer/index.ts';
import {
  buildReformerWeights,
  createReformer,
  type ReformerConfig,
  type ReformerWeights,
  type ResolvedReformerConfig,
  reformerParameters,
  resolveReformerConfig,
} from '../reformer/index.ts';
import type { EncoderModel } from './encoder-model.ts';
import { applyOverrides, applyReformerOverrides, firstRounds, type ModelOverrides } from './overrides.ts';
import type { WantedTensor } from './take-tensors.ts';

/** Families that the single-file form can hold. */
export const FAMILIES = ['longformer', 'reformer'] as const;

/** One of {@link FAMILIES}. */
export type Family = (typeof FAMILIES)[number];

/** An encoder as a file describes it, before its tensors are read. */
export interface StoredEncoder {
  /** What the file holds, by parameter name. */
  readonly parameters: readonly WantedTensor[];
  /** Reads the tensors that the encoder has after the changes. */
  make(take: (name: string) => Float32Array, engine: EngineOptions): EncoderModel['encoder'];
}

/** What the single-file form needs of a family: its resolved configuration `C` and weights `W`. */
interface FamilyParts<C, W> {
  readonly resolve: (json: object) => C;
  readonly change: (config: C, overrides: ModelOverrides) => C;
  readonly parameters: (config: C) => readonly WantedTensor[];
  readonly build: (config: C, give: (name: string, shape: readonly number[]) => Float32Array) => W;
  readonly create: (config: C, weights: W, engine: EngineOptions) => EncoderModel['encoder'];
  /** The values of a stored tensor in the shape that the changes ask for. */
  readonly fit: (values: Float32Array, wanted: WantedTensor, stored: C) => Float32Array;
}

const LONGFORMER: FamilyParts<ResolvedLongformerConfig, LongformerWeights> = {
  resolve: (json) => resolveLongformerConfig(json as LongformerConfig),
  change: (config, overrides) => resolveLongformerConfig(applyOverrides(config, overrides)),
  parameters: longformerParameters,
  build: buildLongformerWeights,
  create: (config, weights, engine) => createLongformer(config, { weights }, engine),
  fit: (values) => values,
};

const REFORMER: FamilyParts<ResolvedReformerConfig, ReformerWeights> = {
  resolve: (json) => resolveReformerConfig(json as ReformerConfig),
  change: (config, overrides) => resolveReformerConfig(applyReformerOverrides(config, overrides)),
  parameters: reformerParameters,
  build: buildReformerWeights,
  create: (config, weights, engine) => createReformer(config, { weights }, engine),
  fit: (values, { name, shape }, { lsh }) =>
    name.endsWith('.rotations') ? firstRounds(values, shape, lsh?.numHashes ?? 1) : values,
};

/**
 * The encoder of a configuration that was read from a file, changed.
 * @throws ConfigError `CONFIG_INVALID`, naming the field
 */
export function storedEncoder(family: Family, json: object, overrides: ModelOverrides): StoredEncoder {
  switch (family) {
    case 'longformer':
      return describe(LONGFORMER, json, overrides);
    case 'reformer':
      return describe(REFORMER, json, overrides);
    default:
      return family satisfies never;
  }
}

function describe<C, W>(parts: FamilyParts<C, W>, json: object, overrides: ModelOverrides): StoredEncoder {
  const stored = parts.resolve(json);
  const config = parts.change(stored, overrides);
  return {
    parameters: parts.parameters(stored),
    make: (take, engine) =>
      parts.create(
        config,
        parts.build(config, (name, shape) => parts.fit(take(name), { name, shape }, stored)),
        engine,
      ),
  };
}
