const EPSILON: f32 = 1e-6;

/** k = x · (mean(x²) + 1e-6)^(−1/2) / √headDim for every head of `count` rows; squares add in the order of the channels. */
export function normaliseKeys(
  x: u32,
  xStride: u32,
  out: u32,
  outStride: u32,
  heads: i32,
  headDim: i32,
  count: i32,
): void {
  const root: f32 = sqrt<f32>(<f32>headDim);
  const size: usize = <usize>headDim << 2;
  for (let row = 0; row < count; row++) {
    let from = (<usize>x + <usize>row * xStride) << 2;
    let to = (<usize>out + <usize>row * outStride) << 2;
    for (let head = 0; head < heads; head++, from += size, to += size) {
      let sum: f32 = 0;
      for (let c: usize = 0; c < size; c += 4) {
        const value = f32.load(from + c);
        sum += value * value;
      }
      const scale: f32 = <f32>1 / sqrt<f32>(sum / <f32>headDim + EPSILON) / root;
      for (let c: usize = 0; c < size; c += 4) f32.store(to + c, f32.load(from + c) * scale);
    }
  }
}
