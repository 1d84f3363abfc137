import type { LshConfig, LshRule } from '../../models/index.ts';
import { readNumber } from '../read-number.ts';

/** Names of the rules, for the choices of `--rule`. */
export const RULES: readonly LshRule[] = ['bucket-recency', 'prefix-exact', 'offline'];

/** Options of the command line that say what the LSH layers of a Reformer look for. */
export interface LshOptions {
  readonly rule?: LshRule;
  readonly horizon?: string;
  readonly numBuckets?: string;
}

/**
 * The changes to a model that the options ask for; none without them.
 * @throws ConfigError `CONFIG_INVALID` when a number is none; ranges are checked by the model
 */
export function lshOverrides({ rule, horizon, numBuckets }: LshOptions): { readonly lsh?: Partial<LshConfig> } {
  const lsh = {
    ...(rule === undefined ? {} : { rule }),
    ...(horizon === undefined ? {} : { horizon: readNumber('--horizon', horizon) }),
    ...(numBuckets === undefined
      ? {}
      : { numBuckets: numBuckets.split(',').map((factor) => readNumber('--num-buckets', factor)) }),
  };
  return Object.keys(lsh).length === 0 ? {} : { lsh };
}
