/** Length of the vector of `count` numbers, in double precision. */
function lengthOf(x: usize, count: i32): f64 {
  let sum: f64 = 0;
  const end = x + (<usize>count << 2);
  for (; x < end; x += 4) {
    const value = <f64>f32.load(x);
    sum += value * value;
  }
  return sqrt<f64>(sum);
}

/**
 * Buckets of `count` rows from their rotated values: of each head and round the argmax of [r, −r] of every factor, the first
 * maximum winning, joined as a₁ + f₁ a₂ + …. `rotated` is `[heads, rows, rounds, width]` with `rotatedStride` numbers from row to
 * row and `headStride` from head to head; `halves` holds factor / 2 of each factor. Writes `buckets` `[count, heads * rounds]` and, in double
 * precision, the smallest distance of a best value from the second, in lengths of `x`, to `margins` `[count]`.
 */
export function chooseBuckets(
  x: u32,
  xStride: u32,
  heads: i32,
  headDim: i32,
  rotated: u32,
  rotatedStride: u32,
  headStride: u32,
  rounds: i32,
  halves: u32,
  factors: i32,
  count: i32,
  buckets: u32,
  margins: u32,
): void {
  let bucketAt: usize = (<usize>buckets) << 2;
  for (let row = 0; row < count; row++) {
    let smallest: f64 = Infinity;
    for (let head = 0; head < heads; head++) {
      const length = lengthOf((<usize>x + <usize>row * xStride + <usize>(head * headDim)) << 2, headDim);
      let r: usize = (<usize>rotated + <usize>head * headStride + <usize>row * rotatedStride) << 2;
      for (let round = 0; round < rounds; round++, bucketAt += 4) {
        let bucket = 0;
        let scale = 1;
        for (let factor = 0; factor < factors; factor++) {
          const half = i32.load(((<usize>halves) << 2) + (<usize>factor << 2));
          let best: f32 = -Infinity;
          let second: f32 = -Infinity;
          let chosen = 0;
          for (let i = 0; i < half; i++) {
            const value = f32.load(r + (<usize>i << 2));
            if (value > best) {
              second = best;
              best = value;
              chosen = i;
            } else if (value > second) second = value;
          }
          for (let i = 0; i < half; i++) {
            const value = -f32.load(r + (<usize>i << 2));
            if (value > best) {
              second = best;
              best = value;
              chosen = i + half;
            } else if (value > second) second = value;
          }
          const margin: f64 = length == 0 ? 0 : (<f64>best - <f64>second) / length;
          if (margin < smallest) smallest = margin;
          bucket += scale * chosen;
          scale *= half << 1;
          r += <usize>half << 2;
        }
        i32.store(bucketAt, bucket);
      }
    }
    f64.store(((<usize>margins) << 2) + (<usize>row << 3), smallest);
  }
}
