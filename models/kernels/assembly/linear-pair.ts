import { takeScratch } from './columns';
import { SCRATCH } from './scratch';

/** Two rows times one panel, sixteen outputs at a time. */
export function multiplyPair(
  w: usize,
  b: usize,
  inSize: i32,
  columns: i32,
  x: usize,
  xStep: usize,
  out: usize,
  oStep: usize,
): void {
  for (let from = 0; from < columns; from += 16, w += 64, b += 64, out += 64) {
    let a0 = v128.load(b, 0);
    let a1 = v128.load(b, 16);
    let a2 = v128.load(b, 32);
    let a3 = v128.load(b, 48);
    let b0 = a0;
    let b1 = a1;
    let b2 = a2;
    let b3 = a3;
    let x0 = x;
    let x1 = x + xStep;
    const end = w + (<usize>inSize << 7);
    for (let at = w; at < end; at += 128, x0 += 4, x1 += 4) {
      const w0 = v128.load(at, 0);
      const w1 = v128.load(at, 16);
      const w2 = v128.load(at, 32);
      const w3 = v128.load(at, 48);
      const s = v128.load32_splat(x0);
      a0 = f32x4.add(a0, f32x4.mul(w0, s));
      a1 = f32x4.add(a1, f32x4.mul(w1, s));
      a2 = f32x4.add(a2, f32x4.mul(w2, s));
      a3 = f32x4.add(a3, f32x4.mul(w3, s));
      const t = v128.load32_splat(x1);
      b0 = f32x4.add(b0, f32x4.mul(w0, t));
      b1 = f32x4.add(b1, f32x4.mul(w1, t));
      b2 = f32x4.add(b2, f32x4.mul(w2, t));
      b3 = f32x4.add(b3, f32x4.mul(w3, t));
    }
    const left = columns - from;
    store16(out, left, a0, a1, a2, a3);
    store16(out + oStep, left, b0, b1, b2, b3);
  }
}

// @ts-expect-error: decorator
@inline
function store16(out: usize, left: i32, a0: v128, a1: v128, a2: v128, a3: v128): void {
  const to = left >= 16 ? out : SCRATCH;
  v128.store(to, a0, 0);
  v128.store(to, a1, 16);
  v128.store(to, a2, 32);
  v128.store(to, a3, 48);
  if (left < 16) takeScratch(out, left);
}
