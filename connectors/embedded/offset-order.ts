/** The smaller of two offsets, which `Math.min` does not take. */
export function earlier(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

/** The larger of two offsets. */
export function later(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}
