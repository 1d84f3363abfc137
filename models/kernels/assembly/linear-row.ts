import { takeScratch } from './columns';
import { SCRATCH } from './scratch';

/**
 * One row times one panel: eight sums side by side.
 *
 * The way out in the middle of the loop is never taken, for no panel stands at 0. It is there for the compiler of the host: that moves
 * all loads of a straight piece of code to its start, and eight sums, eight loads and the splat are more than the registers
 * hold. The way out needs the first four sums, so they come before it, and nothing is spilled: twice as fast.
 */
export function multiplyRow(w: usize, b: usize, inSize: i32, columns: i32, x: usize, out: usize): void {
  let a0 = v128.load(b, 0);
  let a1 = v128.load(b, 16);
  let a2 = v128.load(b, 32);
  let a3 = v128.load(b, 48);
  let a4 = v128.load(b, 64);
  let a5 = v128.load(b, 80);
  let a6 = v128.load(b, 96);
  let a7 = v128.load(b, 112);
  const end = w + (<usize>inSize << 7);
  for (; w < end; w += 128, x += 4) {
    const s = v128.load32_splat(x);
    a0 = f32x4.add(a0, f32x4.mul(v128.load(w, 0), s));
    a1 = f32x4.add(a1, f32x4.mul(v128.load(w, 16), s));
    a2 = f32x4.add(a2, f32x4.mul(v128.load(w, 32), s));
    a3 = f32x4.add(a3, f32x4.mul(v128.load(w, 48), s));
    if (!w) break;
    a4 = f32x4.add(a4, f32x4.mul(v128.load(w, 64), s));
    a5 = f32x4.add(a5, f32x4.mul(v128.load(w, 80), s));
    a6 = f32x4.add(a6, f32x4.mul(v128.load(w, 96), s));
    a7 = f32x4.add(a7, f32x4.mul(v128.load(w, 112), s));
  }
  const to = columns == 32 ? out : SCRATCH;
  v128.store(to, a0, 0);
  v128.store(to, a1, 16);
  v128.store(to, a2, 32);
  v128.store(to, a3, 48);
  v128.store(to, a4, 64);
  v128.store(to, a5, 80);
  v128.store(to, a6, 96);
  v128.store(to, a7, 112);
  if (columns != 32) takeScratch(out, columns);
}
