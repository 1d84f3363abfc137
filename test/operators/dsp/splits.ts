/** Cuts an array at the given places, in any order; the parts join to the whole, and some may be empty. */
export function cut<T extends Float32Array | Float64Array>(samples: T, places: readonly number[]): T[] {
  const sorted = places.map((place) => Math.min(place, samples.length)).sort((a, b) => a - b);
  const bounds = [0, ...sorted, samples.length];
  return bounds.slice(1).map((end, i) => samples.subarray(bounds[i], end) as T);
}
