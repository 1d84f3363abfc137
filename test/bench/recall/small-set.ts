import type { TokenSet } from '../../../bench/recall/tokens/token-set.ts';
import type { HeadVectors } from '../../../bench/recall/vectors.ts';
import { Random } from '../../../core/index.ts';
import { normaliseKeys } from '../../../models/kernels/reference/index.ts';

/** Seeded tokens that drift, so that neighbours are alike. */
export function driftingSet(count: number, width: number): TokenSet {
  const random = new Random(11);
  const tokens = new Float32Array(count * width);
  for (let i = 0; i < tokens.length; i++) {
    tokens[i] = 0.8 * (tokens[i - width] ?? 0) + random.nextSymmetric(1);
  }
  return { kind: 'sensors', name: 'drift', width, tokens };
}

/** Seeded vectors of some heads, keys normalised. */
export function randomVectors(heads: number, headDim: number, count: number): HeadVectors {
  const random = new Random(5);
  const draw = (): Float32Array => new Float32Array(count * heads * headDim).map(() => random.nextSymmetric(2));
  const queries = draw();
  const keys = new Float32Array(queries.length);
  normaliseKeys(queries, headDim, keys);
  return { heads, headDim, count, queries, keys, values: draw() };
}
