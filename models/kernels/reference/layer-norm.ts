import type { LayerNorm } from '../engine/index.ts';

const f = Math.fround;
const LANES = 16;
const lanes = new Float32Array(LANES);

/**
 * LayerNorm with biased variance (Ba et al., 2016) of one token, `x` `[size]` into `out` `[size]`; the two may be the same array.
 *
 * Canonical order: channel c goes to lane c mod 16, lanes add in order of c, and a fixed tree (16 → 8 → 4 → 2 → 1)
 * joins them; mean = sum / size, then the same for the squared differences.
 */
export function applyLayerNorm(norm: LayerNorm, x: Float32Array, out: Float32Array): void {
  const { size, weight, bias, eps } = norm;
  lanes.fill(0);
  for (let c = 0; c < size; c++) lanes[c & (LANES - 1)] = f((lanes[c & (LANES - 1)] as number) + (x[c] as number));
  joinLanes(lanes, LANES);
  const mean = f((lanes[0] as number) / size);
  lanes.fill(0);
  for (let c = 0; c < size; c++) {
    const difference = f((x[c] as number) - mean);
    lanes[c & (LANES - 1)] = f((lanes[c & (LANES - 1)] as number) + f(difference * difference));
  }
  joinLanes(lanes, LANES);
  const variance = f((lanes[0] as number) / size);
  const scale = f(1 / f(Math.sqrt(f(variance + eps))));
  for (let c = 0; c < size; c++) {
    const normal = f(f((x[c] as number) - mean) * scale);
    out[c] = f(f(normal * (weight[c] as number)) + (bias[c] as number));
  }
}

/**
 * Adds `count` (a power of two) lanes by halving: lane i takes lane i + count/2, and so on; the sum is then in lane 0. It
 * is not returned, because a number that leaves a function that is not inlined is an object on the heap.
 */
export function joinLanes(values: Float32Array, count: number): void {
  for (let half = count >> 1; half > 0; half >>= 1) {
    for (let i = 0; i < half; i++) values[i] = f((values[i] as number) + (values[i + half] as number));
  }
}
