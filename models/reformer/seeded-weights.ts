import { arithmetic, Random } from '../../core/index.ts';
import { requireSeedable, sizeOf } from '../stack/index.ts';
import type { ResolvedReformerConfig } from './config.ts';
import { buildReformerWeights, reformerParameters } from './parameters.ts';
import type { ReformerWeights } from './weights.ts';

/**
 * Untrained weights from a seed: every linear map uniform in ±1/√inSize, biases too, tables in ±1, norms at (1, 0),
 * rotations normal. The same seed gives the same bits everywhere.
 */
export function seededReformerWeights(config: ResolvedReformerConfig, seed: number): ReformerWeights {
  requireSeedable(reformerParameters(config));
  const random = new Random(seed);
  let inSize = 1;
  return buildReformerWeights(config, (name, shape) => {
    const length = sizeOf(shape);
    const array = new Float32Array(length);
    if (/Norm\.weight$/.test(name)) return array.fill(1);
    if (/Norm\.bias$/.test(name)) return array;
    if (name.endsWith('.rotations')) return normalNumbers(random, length);
    if (!name.endsWith('.bias')) inSize = shape[1] as number;
    const limit = name.startsWith('embedding.') && !name.includes('linear') ? 1 : 1 / Math.sqrt(inSize);
    return array.map(() => random.nextSymmetric(limit));
  });
}

/**
 * Standard normal numbers by the polar form of Box and Muller (1958) from pairs of uniform ones, u in (0, 1] first:
 * √(−2 ln u) (cos 2πv, sin 2πv). An odd last number takes the cosine of its own pair. Float32, the same bits everywhere.
 */
export function normalNumbers(random: Random, count: number): Float32Array {
  const numbers = new Float32Array(count);
  const pair = new Float32Array(2);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * arithmetic.logDouble(1 - random.nextUnit()));
    arithmetic.sinCos(2 * Math.PI * random.nextUnit(), pair, 0);
    numbers[i] = radius * (pair[1] as number);
    if (i + 1 < count) numbers[i + 1] = radius * (pair[0] as number);
  }
  return numbers;
}
