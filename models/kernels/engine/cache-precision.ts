/** How a cache can store keys and values. */
export const CACHE_PRECISIONS = ['float32', 'int16', 'int8'] as const;

/**
 * One of {@link CACHE_PRECISIONS}. `float32` stores the numbers as they are. `int16` and `int8` store integers and one float32
 * scale for each key and each value of a head: the largest magnitude divided by M (32767, 127). A number x is stored as the
 * integer next to x / scale, ties to even, in −M .. M; so it is off by at most half a scale.
 */
export type CachePrecision = (typeof CACHE_PRECISIONS)[number];

/** Numbers as a cache stores them. */
export type CacheNumbers = Float32Array | Int16Array | Int8Array;

/** Keys, then values, `[2, heads, tokens, headDim]`, as a cache stores them. */
export interface CacheRows {
  readonly numbers: CacheNumbers;
  /** What each key and value is multiplied by, `[2, heads, tokens]`; empty with `float32`. */
  readonly scales: Float32Array;
}

const ARRAYS = { float32: Float32Array, int16: Int16Array, int8: Int8Array } as const;
/** M, the largest integer. */
const LARGEST = { float32: Number.POSITIVE_INFINITY, int16: 32767, int8: 127 } as const;

/** Bytes of one number of a cache. */
export function cacheNumberBytes(precision: CachePrecision): 4 | 2 | 1 {
  return ARRAYS[precision].BYTES_PER_ELEMENT as 4 | 2 | 1;
}

/** Zeros as a cache stores them. */
export function cacheNumbers(precision: CachePrecision, length: number): CacheNumbers {
  return new ARRAYS[precision](length);
}

/** The largest integer that a cache stores; infinite with `float32`. */
export function largestCacheInteger(precision: CachePrecision): number {
  return LARGEST[precision];
}

/** Zeros for `tokens` tokens; `float32` needs no scales. */
export function cacheRows(
  precision: CachePrecision,
  { heads, tokens, headDim }: { readonly heads: number; readonly tokens: number; readonly headDim: number },
): CacheRows {
  return {
    numbers: cacheNumbers(precision, 2 * heads * tokens * headDim),
    scales: new Float32Array(precision === 'float32' ? 0 : 2 * heads * tokens),
  };
}

/** Whether rows that came from elsewhere are such as a cache stores: integers in −M .. M, no scale below 0. */
export function areCacheRows(precision: CachePrecision, { numbers, scales }: CacheRows): boolean {
  if (precision === 'float32') return scales.length === 0;
  const least = -largestCacheInteger(precision);
  // A plain loop: a callback for each of a million numbers would cost more than reading them.
  for (let i = 0; i < numbers.length; i++) if ((numbers[i] as number) < least) return false;
  return !scales.some((scale) => scale < 0);
}
