import { CACHE_PRECISIONS, type CachePrecision } from '../engine/index.ts';

/** The kernels of caches; with integers a scale stands with each vector. `precision` is a {@link precisionPlace}. */
export interface CacheKernels {
  storeWindow(
    precision: number,
    cache: number,
    keys: number,
    keyStride: number,
    values: number,
    valueStride: number,
    count: number,
    flags: number,
  ): void;
  attendWindow(
    precision: number,
    cache: number,
    query: number,
    queryStride: number,
    out: number,
    outStride: number,
    count: number,
    position: number,
    lists: number,
    scratch: number,
    scoreStride: number,
  ): void;
  storeTable(
    precision: number,
    table: number,
    slots: number,
    heads: number,
    headDim: number,
    rows: number,
    stride: number,
    slot: number,
    count: number,
  ): void;
  attendCandidates(
    precision: number,
    keys: number,
    values: number,
    slots: number,
    heads: number,
    headDim: number,
    query: number,
    queryStride: number,
    out: number,
    outStride: number,
    count: number,
    list: number,
    lists: number,
    capacity: number,
    counts: number,
    scratch: number,
  ): void;
}

/** What the kernels call a precision. */
export function precisionPlace(precision: CachePrecision): number {
  return CACHE_PRECISIONS.indexOf(precision);
}
