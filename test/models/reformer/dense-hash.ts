import { dot } from '../longformer/dense-math.ts';

/** Rotations of one layer, `[heads, headDim, rounds, Σ factors / 2]`. */
export interface HashShape {
  readonly headDim: number;
  readonly rounds: number;
  readonly factors: readonly number[];
}

/** Where one vector goes in each round. */
export interface DenseHash {
  /** `[rounds]` */
  readonly buckets: number[];
  /**
   * How far the choice was from another one, `[rounds]`: (best − second) over the sum of the sizes of what was added up.
   * Rounding alone can turn a choice only where this is near the unit of rounding.
   */
  readonly margins: number[];
}

/** Angular hashing of one vector of a head (Reformer, section 2), float64. */
export function denseHash(shape: HashShape, rotations: Float32Array, head: number, x: readonly number[]): DenseHash {
  const { headDim, rounds, factors } = shape;
  const width = factors.reduce((sum, factor) => sum + factor, 0) / 2;
  const buckets: number[] = [];
  const margins: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const column = (i: number): number[] =>
      x.map((_, c) => rotations[((head * headDim + c) * rounds + round) * width + i] as number);
    const columns = Array.from({ length: width }, (_, i) => column(i));
    let [bucket, scale, from, margin] = [0, 1, 0, Infinity];
    for (const factor of factors) {
      const own = columns.slice(from, from + factor / 2);
      const turned = own.map((direction) => dot(x, direction));
      const both = [...turned, ...turned.map((value) => -value)];
      const best = Math.max(...both);
      bucket += scale * both.indexOf(best);
      const others = both.filter((_, i) => i !== both.indexOf(best));
      const size = Math.max(...own.map((direction) => dot(x.map(Math.abs), direction.map(Math.abs))));
      margin = Math.min(margin, size === 0 ? 0 : (best - Math.max(...others)) / size);
      scale *= factor;
      from += factor / 2;
    }
    buckets.push(bucket);
    margins.push(margin);
  }
  return { buckets, margins };
}

/** The key of a shared query-key vector: x / √(mean(x²) + 1e-6) / √headDim. */
export function denseKey(x: readonly number[]): number[] {
  const scale = 1 / Math.sqrt(dot(x, x) / x.length + 1e-6) / Math.sqrt(x.length);
  return x.map((value) => value * scale);
}
