import { SCRATCH } from './scratch';

/** Stores the first `count` < 4 lanes of `value`. */
// @ts-expect-error: decorator
@inline
export function storePart(at: usize, value: v128, count: i32): void {
  f32.store(at, f32x4.extract_lane(value, 0));
  if (count > 1) f32.store(at, f32x4.extract_lane(value, 1), 4);
  if (count > 2) f32.store(at, f32x4.extract_lane(value, 2), 8);
}

/** The `count` < 4 numbers at `at`, the other lanes 0. Reads nothing behind them. */
export function loadPart(at: usize, count: i32): v128 {
  if (count == 1) return v128.load32_zero(at);
  const pair = v128.load64_zero(at);
  return count == 2 ? pair : v128.load_lane<f32>(at, pair, 2, 8);
}

/** Copies `count` numbers. */
export function copyNumbers(to: usize, from: usize, count: i32): void {
  let left = count;
  for (; left >= 4; left -= 4, to += 16, from += 16) v128.store(to, v128.load(from));
  for (; left > 0; left--, to += 4, from += 4) f32.store(to, f32.load(from));
}

/** Copies the first `count` numbers of the scratch. */
export function takeScratch(to: usize, count: i32): void {
  copyNumbers(to, SCRATCH, count);
}
