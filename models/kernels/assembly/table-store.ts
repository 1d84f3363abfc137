import { copyNumbers } from './columns';

/** Numbers of a head's vector in a table: filled up with zeros to a multiple of 4. */
// @ts-ignore: decorator
@inline
export function padded(headDim: i32): i32 {
  return (headDim + 3) & ~3;
}

/**
 * Copies `count` rows `[heads * headDim]` into a table `[heads, slots, padded(headDim)]`, whose fill is zeros, from `slot`
 * on, round its end.
 */
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
  const vector: usize = (<usize>padded(headDim)) << 2;
  const headStep = <usize>slots * vector;
  const step: usize = (<usize>stride) << 2;
  let from: usize = (<usize>rows) << 2;
  let at = slot;
  for (let i = 0; i < count; i++, from += step) {
    let to = ((<usize>table) << 2) + <usize>at * vector;
    let part = from;
    for (let head = 0; head < heads; head++, to += headStep, part += <usize>headDim << 2) copyNumbers(to, part, headDim);
    at++;
    if (at == slots) at = 0;
  }
}
