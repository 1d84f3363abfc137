import { Random } from '../../../core/index.ts';
import { buildReformerWeights, type ReformerWeights, type ResolvedReformerConfig } from '../../../models/index.ts';

/**
 * Weights in which nothing is neutral, so that a norm, a bias or a map that is left out or mixed up shows: norms about
 * 1 and 0, maps ±1.5/√inSize (sharper attention than untrained weights have), tables and rotations ±1.
 */
export function randomReformerWeights(config: ResolvedReformerConfig, seed: number): ReformerWeights {
  const random = new Random(seed);
  return buildReformerWeights(config, (name, shape) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const around = (centre: number, limit: number): Float32Array =>
      new Float32Array(length).map(() => centre + random.nextSymmetric(limit));
    if (/[nN]orm\.weight$/.test(name)) return around(1, 0.4);
    if (name.endsWith('.bias')) return around(0, 0.3);
    if (/^embedding\.(words|positions|axial)|\.rotations$/.test(name)) return around(0, 1);
    return around(0, 1.5 / Math.sqrt(shape[1] as number));
  });
}
