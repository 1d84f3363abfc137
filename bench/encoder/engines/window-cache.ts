import type { LongformerEncoder } from '../../../models/index.ts';

/**
 * Keys and values of one layer in an engine that leaves its caches to the caller, `[streams, heads, window, headDim]`
 * each; the token at position p lies in slot p mod window.
 */
export interface LayerCache {
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** How a layer's cache is laid out. */
export interface CacheShape {
  readonly streams: number;
  readonly heads: number;
  readonly window: number;
  readonly headDim: number;
}

/** The layout of every layer's cache of `encoder`, whose layers all have one window. */
export function cacheShape({ config }: LongformerEncoder, streams: number): CacheShape {
  return { streams, heads: config.numHeads, window: config.window[0] as number, headDim: config.headDim };
}

export function emptyCache({ streams, heads, window, headDim }: CacheShape): LayerCache {
  const length = streams * heads * window * headDim;
  return { keys: new Float32Array(length), values: new Float32Array(length) };
}

/** Where new rows go, see {@link storeRows}. */
export interface NewRows {
  readonly shape: CacheShape;
  /** Tokens of each stream. */
  readonly tokens: number;
  /** Position of the first of them. */
  readonly position: number;
}

/** Writes new keys or values `[streams, heads, tokens, headDim]` over the oldest ones of `cache`. */
export function storeRows(cache: Float32Array, rows: Float32Array, { shape, tokens, position }: NewRows): void {
  const { streams, heads, window, headDim } = shape;
  for (let head = 0, from = 0; head < streams * heads; head++) {
    for (let t = 0; t < tokens; t++) {
      let to = (head * window + ((position + t) % window)) * headDim;
      for (let c = 0; c < headDim; c++) cache[to++] = rows[from++] as number;
    }
  }
}

/** `streams` copies of the cache of one stream; with `position`, oldest key first instead of in slots. */
export function repeatCache(one: Float32Array, shape: CacheShape, position?: number): Float32Array {
  const { streams, window, headDim } = shape;
  const copies = new Float32Array(streams * one.length);
  const row = window * headDim;
  const shift = position === undefined ? 0 : (position % window) * headDim;
  for (let at = 0; at < one.length; at += row) {
    copies.set(one.subarray(at + shift, at + row), at);
    copies.set(one.subarray(at, at + shift), at + row - shift);
  }
  for (let stream = 1; stream < streams; stream++) copies.copyWithin(stream * one.length, 0, one.length);
  return copies;
}
