import { takeScratch } from './columns';
import { SCRATCH } from './scratch';

/** `rows` (a multiple of 4) rows times one panel in tiles of eight outputs and four rows; the sums of a tile stay in registers. */
export function multiplyQuad(
  w: usize,
  b: usize,
  inSize: i32,
  columns: i32,
  x: usize,
  xStep: usize,
  out: usize,
  oStep: usize,
  rows: i32,
): void {
  const panelBytes: usize = <usize>inSize << 7;
  for (let from = 0; from < columns; from += 8, w += 32, b += 32, out += 32) {
    const end = w + panelBytes;
    const left = columns - from;
    const bias0 = v128.load(b, 0);
    const bias1 = v128.load(b, 16);
    let to = out;
    let row = x;
    for (let i = 0; i < rows; i += 4, row += xStep << 2, to += oStep << 2) {
      let a0 = bias0;
      let a1 = bias1;
      let b0 = bias0;
      let b1 = bias1;
      let c0 = bias0;
      let c1 = bias1;
      let d0 = bias0;
      let d1 = bias1;
      let x0 = row;
      let x1 = x0 + xStep;
      let x2 = x1 + xStep;
      let x3 = x2 + xStep;
      for (let at = w; at < end; at += 128, x0 += 4, x1 += 4, x2 += 4, x3 += 4) {
        const w0 = v128.load(at, 0);
        const w1 = v128.load(at, 16);
        let s = v128.load32_splat(x0);
        a0 = f32x4.add(a0, f32x4.mul(w0, s));
        a1 = f32x4.add(a1, f32x4.mul(w1, s));
        s = v128.load32_splat(x1);
        b0 = f32x4.add(b0, f32x4.mul(w0, s));
        b1 = f32x4.add(b1, f32x4.mul(w1, s));
        s = v128.load32_splat(x2);
        c0 = f32x4.add(c0, f32x4.mul(w0, s));
        c1 = f32x4.add(c1, f32x4.mul(w1, s));
        s = v128.load32_splat(x3);
        d0 = f32x4.add(d0, f32x4.mul(w0, s));
        d1 = f32x4.add(d1, f32x4.mul(w1, s));
      }
      store8(to, left, a0, a1);
      store8(to + oStep, left, b0, b1);
      store8(to + (oStep << 1), left, c0, c1);
      store8(to + oStep * 3, left, d0, d1);
    }
  }
}

// @ts-expect-error: decorator
@inline
function store8(out: usize, left: i32, a0: v128, a1: v128): void {
  const to = left >= 8 ? out : SCRATCH;
  v128.store(to, a0, 0);
  v128.store(to, a1, 16);
  if (left < 8) takeScratch(out, left);
}
