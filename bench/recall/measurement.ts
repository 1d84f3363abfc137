import type { Loss, Sight } from './judge.ts';
import type { Setting } from './setting.ts';
import type { TokenSet } from './tokens/token-set.ts';

/**
 * Where queries, keys and values come from. `raw`: the tokens themselves. `projected`: the first layer of an untrained
 * Reformer. `peaked`: the same with all scores multiplied, so that the 32 best keys hold half of the attention (at most × 64).
 */
export type VectorKind = 'raw' | 'projected' | 'peaked';

/** Of one rule on one set of tokens. */
export interface RecallMeasurement extends Sight, Loss {
  readonly bench: 'recall';
  readonly data: TokenSet['kind'];
  readonly name: string;
  /** Tokens of the set; queries are taken from its second half. */
  readonly tokens: number;
  readonly queries: number;
  readonly vectors: VectorKind;
  /** Factor on all scores. */
  readonly sharpness: number;
  /** Attention that the 32 best keys hold in full attention. */
  readonly topMass: number;
  readonly setting: Setting;
  /** CPU microseconds per token of a layer with this setting; with `projected` only. */
  readonly usPerToken?: number;
  /** A window of as many keys (`keys`, rounded); absent for a window itself. */
  readonly window?: Sight & Loss & { readonly usPerToken?: number };
}
