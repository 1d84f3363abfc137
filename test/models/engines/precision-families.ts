import fc from 'fast-check';
import type { StreamEncoder } from '../../../core/index.ts';
import {
  CACHE_PRECISIONS,
  type CachePrecision,
  type EngineOptions,
  type LongformerConfig,
  type LongformerEncoder,
  type ReformerConfig,
  type ReformerEncoder,
} from '../../../models/index.ts';
import type { EncoderFamily } from '../../checks/encoder-family.ts';
import { createRandom, longformerFamily } from '../longformer/longformer-family.ts';
import { createRandomReformer, reformerFamily } from '../reformer/reformer-family.ts';

/** A configuration, and how the caches of its streams are stored. */
export interface WithPrecision<C> {
  readonly config: C;
  readonly cachePrecision: CachePrecision;
}

type Create<C, E> = (config: C, seed: number, options: EngineOptions) => E;

/** A family whose configurations also choose among precisions, all of them unless said, on one engine. */
function withPrecisions<C, E extends StreamEncoder>(
  family: EncoderFamily<C, E>,
  create: Create<C, E>,
  options: { readonly engine: 'wasm' | 'reference'; readonly precisions?: readonly CachePrecision[] },
): EncoderFamily<WithPrecision<C>, E> {
  const { engine, precisions = CACHE_PRECISIONS } = options;
  const { exhausting: _, offline: __, ...rest } = family;
  return {
    ...rest,
    name: `${family.name}, engine ${engine}, caches in ${precisions.join(' or ')},`,
    configs: fc.record({ config: family.configs, cachePrecision: fc.constantFrom(...precisions) }),
    create: ({ config, cachePrecision }, seed) => create(config, seed, { engine, cachePrecision }),
  };
}

export function longformersWithPrecision(
  options: Parameters<typeof withPrecisions>[2],
): EncoderFamily<WithPrecision<LongformerConfig>, LongformerEncoder> {
  return withPrecisions(longformerFamily, createRandom, options);
}

export function reformersWithPrecision(
  options: Parameters<typeof withPrecisions>[2],
): EncoderFamily<WithPrecision<ReformerConfig>, ReformerEncoder> {
  return withPrecisions(reformerFamily, createRandomReformer, options);
}
