// Kernels of caches, for each way of storing keys and values; the generic ones say what they do and take.
import { attendLists } from './candidate-attention';
import { storeRows } from './table-store';
import { attendQueries } from './window-attention';
import { storeTokens } from './window-store';

// As `CACHE_PRECISIONS` of the engine counts them; what is left is int8.
const FLOAT32: i32 = 0;
const INT16: i32 = 1;

export function storeWindow(
  precision: i32,
  cache: u32,
  keys: u32,
  keyStride: u32,
  values: u32,
  valueStride: u32,
  count: i32,
  flags: u32,
): void {
  if (precision == FLOAT32) storeTokens<f32>(cache, keys, keyStride, values, valueStride, count, flags);
  else if (precision == INT16) storeTokens<i16>(cache, keys, keyStride, values, valueStride, count, flags);
  else storeTokens<i8>(cache, keys, keyStride, values, valueStride, count, flags);
}

export function attendWindow(
  precision: i32,
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
  if (precision == FLOAT32) attendQueries<f32>(cache, query, queryStride, out, outStride, count, position, lists, scratch, scoreStride);
  else if (precision == INT16) attendQueries<i16>(cache, query, queryStride, out, outStride, count, position, lists, scratch, scoreStride);
  else attendQueries<i8>(cache, query, queryStride, out, outStride, count, position, lists, scratch, scoreStride);
}

export function storeTable(
  precision: i32,
  table: u32,
  slots: i32,
  heads: i32,
  headDim: i32,
  rows: u32,
  stride: u32,
  slot: i32,
  count: i32,
): void {
  if (precision == FLOAT32) storeRows<f32>(table, slots, heads, headDim, rows, stride, slot, count);
  else if (precision == INT16) storeRows<i16>(table, slots, heads, headDim, rows, stride, slot, count);
  else storeRows<i8>(table, slots, heads, headDim, rows, stride, slot, count);
}

export function attendCandidates(
  precision: i32,
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
  if (precision == FLOAT32) attendLists<f32>(keys, values, slots, heads, headDim, query, queryStride, out, outStride, count, list, lists, capacity, counts, scratch);
  else if (precision == INT16) attendLists<i16>(keys, values, slots, heads, headDim, query, queryStride, out, outStride, count, list, lists, capacity, counts, scratch);
  else attendLists<i8>(keys, values, slots, heads, headDim, query, queryStride, out, outStride, count, list, lists, capacity, counts, scratch);
}
