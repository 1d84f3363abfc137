import { copyNumbers } from './columns';
import { storeIntegers } from './quantise';

/** Numbers of a head's vector in a table: filled up with zeros to a multiple of 4. */
// @ts-ignore: decorator
@inline
export function padded(headDim: i32): i32 {
  return (headDim + 3) & ~3;
}

/** Bytes from one vector of a table to the next: behind integers stands their scale. */
// @ts-ignore: decorator
@inline
export function recordBytes<T>(vectors: i32): usize {
  if (isFloat<T>()) return <usize>vectors << 4;
  return (<usize>vectors << (2 + alignof<T>())) + 4;
}

/**
 * Stores `count` rows `[heads * headDim]` in a table `[heads, slots, padded(headDim)]`, from `slot` on, round its end. The fill
 * of float32 is zeros; that of integers may be anything.
 */
export function storeRows<T>(
  table: u32,
  slots: i32,
  heads: i32,
  headDim: i32,
  rows: u32,
  stride: u32,
  slot: i32,
  count: i32,
): void {
  const vector: usize = recordBytes<T>(padded(headDim) >> 2);
  const headStep = <usize>slots * vector;
  const step: usize = (<usize>stride) << 2;
  let from: usize = (<usize>rows) << 2;
  let at = slot;
  for (let i = 0; i < count; i++, from += step) {
    let to = ((<usize>table) << 2) + <usize>at * vector;
    let part = from;
    for (let head = 0; head < heads; head++, to += headStep, part += <usize>headDim << 2) {
      if (isFloat<T>()) copyNumbers(to, part, headDim);
      else f32.store(to + vector - 4, storeIntegers<T>(part, headDim, to, sizeof<T>()));
    }
    at++;
    if (at == slots) at = 0;
  }
}
