import { Random } from '../../core/index.ts';
import { requireSeedable, sizeOf } from '../stack/index.ts';
import type { ResolvedLongformerConfig } from './config.ts';
import { buildLongformerWeights, longformerParameters } from './parameters.ts';
import type { LongformerWeights } from './weights.ts';

/**
 * Untrained weights from a seed: every linear map uniform in ±1/√inSize, biases too, tables and read-out queries in
 * ±1, norms at (1, 0). The same seed gives the same bits everywhere. Random layers keep distances between inputs
 * roughly as they are; they know nothing of any data.
 */
export function seededWeights(config: ResolvedLongformerConfig, seed: number): LongformerWeights {
  requireSeedable(longformerParameters(config));
  const random = new Random(seed);
  let inSize = 1;
  return buildLongformerWeights(config, (name, shape) => {
    const array = new Float32Array(sizeOf(shape));
    if (/[nN]orm\.weight$/.test(name)) return array.fill(1);
    if (/[nN]orm\.bias$/.test(name)) return array;
    // A bias follows its weight and shares its limit.
    if (name.endsWith('.weight')) inSize = shape[1] as number;
    const limit = /\.(weight|bias)$/.test(name) ? 1 / Math.sqrt(inSize) : 1;
    return array.map(() => random.nextSymmetric(limit));
  });
}
