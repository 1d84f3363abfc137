import type { CachePrecision } from '../engine/index.ts';

/** The kernels of caches in one precision; in those of integers a scale stands with each vector. */
export interface CacheKernels {
  storeWindow(
    cache: number,
    keys: number,
    keyStride: number,
    values: number,
    valueStride: number,
    count: number,
    flags: number,
  ): void;
  attendWindow(
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

/** The exports of the module for caches: those of float32 have the plain names. */
export interface CacheExports extends CacheKernels {
  storeWindowInt16: CacheKernels['storeWindow'];
  attendWindowInt16: CacheKernels['attendWindow'];
  storeTableInt16: CacheKernels['storeTable'];
  attendCandidatesInt16: CacheKernels['attendCandidates'];
  storeWindowInt8: CacheKernels['storeWindow'];
  attendWindowInt8: CacheKernels['attendWindow'];
  storeTableInt8: CacheKernels['storeTable'];
  attendCandidatesInt8: CacheKernels['attendCandidates'];
}

/** The kernels of caches in a precision. */
export function cacheKernels(kernels: CacheExports, precision: CachePrecision): CacheKernels {
  switch (precision) {
    case 'float32':
      return kernels;
    case 'int16':
      return {
        storeWindow: kernels.storeWindowInt16,
        attendWindow: kernels.attendWindowInt16,
        storeTable: kernels.storeTableInt16,
        attendCandidates: kernels.attendCandidatesInt16,
      };
    case 'int8':
      return {
        storeWindow: kernels.storeWindowInt8,
        attendWindow: kernels.attendWindowInt8,
        storeTable: kernels.storeTableInt8,
        attendCandidates: kernels.attendCandidatesInt8,
      };
    default:
      return precision satisfies never;
  }
}
