// The kernels of caches in float32: the generic ones for f32. What they do and take is said there.
import { attendLists } from './candidate-attention';
import { storeRows } from './table-store';
import { attendQueries } from './window-attention';
import { storeTokens } from './window-store';

export function storeWindow(
  cache: u32,
  keys: u32,
  keyStride: u32,
  values: u32,
  valueStride: u32,
  count: i32,
  flags: u32,
): void {
  storeTokens<f32>(cache, keys, keyStride, values, valueStride, count, flags);
}

export function attendWindow(
  cache: u32,
  query: u32,
  queryStride: u32,
  out: u32,
  outStride: u32,
  count: i32,
  position: f64,
  lists: u32,
  scratch: u32,
  scoreStride: u32,
): void {
  attendQueries<f32>(cache, query, queryStride, out, outStride, count, position, lists, scratch, scoreStride);
}

export function storeTable(
  table: u32,
  slots: i32,
  heads: i32,
  headDim: i32,
  rows: u32,
  stride: u32,
  slot: i32,
  count: i32,
): void {
  storeRows<f32>(table, slots, heads, headDim, rows, stride, slot, count);
}

export function attendCandidates(
  keys: u32,
  values: u32,
  slots: i32,
  heads: i32,
  headDim: i32,
  query: u32,
  queryStride: u32,
  out: u32,
  outStride: u32,
  count: i32,
  list: u32,
  lists: i32,
  capacity: i32,
  counts: u32,
  scratch: u32,
): void {
  attendLists<f32>(
    keys,
    values,
    slots,
    heads,
    headDim,
    query,
    queryStride,
    out,
    outStride,
    count,
    list,
    lists,
    capacity,
    counts,
    scratch,
  );
}
