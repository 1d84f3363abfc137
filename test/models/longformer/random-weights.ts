import { Random } from '../../../core/index.ts';
import {
  buildLongformerWeights,
  type LongformerWeights,
  type ResolvedLongformerConfig,
} from '../../../models/index.ts';

/**
 * Weights in which nothing is neutral, so that a norm, a bias or a map that is left out or mixed up shows: norms about
 * 1 and 0, maps ±1.5/√inSize (sharper attention than untrained weights have), tables ±1.
 */
export function randomWeights(config: ResolvedLongformerConfig, seed: number): LongformerWeights {
  const random = new Random(seed);
  return buildLongformerWeights(config, (name, shape) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const around = (centre: number, limit: number): Float32Array =>
      new Float32Array(length).map(() => centre + random.nextSymmetric(limit));
    if (/[nN]orm\.weight$/.test(name)) return around(1, 0.4);
    if (name.endsWith('.bias')) return around(0, 0.3);
    if (name.endsWith('.weight')) return around(0, 1.5 / Math.sqrt(shape[1] as number));
    return around(0, 1);
  });
}
