import { loadPart, storePart } from './columns';
import { erf4 } from './erf';
import { exp4 } from './exp';

const SQRT_HALF: f32 = 0.7071067811865476;
const GELU_TANH_SCALE: f32 = 1.5957691216057308;
const GELU_TANH_CUBE: f32 = 0.044715;

/** Activation `name` (its place among `ACTIVATIONS`) of rows `[count, width]` in place. */
export function activate(name: i32, x: u32, stride: u32, width: i32, count: i32): void {
  let row: usize = <usize>x << 2;
  const step: usize = <usize>stride << 2;
  for (let i = 0; i < count; i++, row += step) {
    if (name == 0) geluRow(row, width);
    else if (name == 1) geluTanhRow(row, width);
    else if (name == 2) siluRow(row, width);
    else reluRow(row, width);
  }
}

// Four vectors at once: they share the loads of the coefficients.

function geluRow(at: usize, width: i32): void {
  const end = at + (<usize>(width & ~3) << 2);
  for (; at + 64 <= end; at += 64) {
    const a = gelu4(v128.load(at, 0));
    const b = gelu4(v128.load(at, 16));
    const c = gelu4(v128.load(at, 32));
    const d = gelu4(v128.load(at, 48));
    v128.store(at, a, 0);
    v128.store(at, b, 16);
    v128.store(at, c, 32);
    v128.store(at, d, 48);
  }
  for (; at < end; at += 16) v128.store(at, gelu4(v128.load(at)));
  const left = width & 3;
  if (left) storePart(at, gelu4(loadPart(at, left)), left);
}

function geluTanhRow(at: usize, width: i32): void {
  const end = at + (<usize>(width & ~3) << 2);
  for (; at + 64 <= end; at += 64) {
    const a = geluTanh4(v128.load(at, 0));
    const b = geluTanh4(v128.load(at, 16));
    const c = geluTanh4(v128.load(at, 32));
    const d = geluTanh4(v128.load(at, 48));
    v128.store(at, a, 0);
    v128.store(at, b, 16);
    v128.store(at, c, 32);
    v128.store(at, d, 48);
  }
  for (; at < end; at += 16) v128.store(at, geluTanh4(v128.load(at)));
  const left = width & 3;
  if (left) storePart(at, geluTanh4(loadPart(at, left)), left);
}

function siluRow(at: usize, width: i32): void {
  const end = at + (<usize>(width & ~3) << 2);
  for (; at + 64 <= end; at += 64) {
    const a = silu4(v128.load(at, 0));
    const b = silu4(v128.load(at, 16));
    const c = silu4(v128.load(at, 32));
    const d = silu4(v128.load(at, 48));
    v128.store(at, a, 0);
    v128.store(at, b, 16);
    v128.store(at, c, 32);
    v128.store(at, d, 48);
  }
  for (; at < end; at += 16) v128.store(at, silu4(v128.load(at)));
  const left = width & 3;
  if (left) storePart(at, silu4(loadPart(at, left)), left);
}

function reluRow(at: usize, width: i32): void {
  const end = at + (<usize>(width & ~3) << 2);
  for (; at < end; at += 16) v128.store(at, relu4(v128.load(at)));
  const left = width & 3;
  if (left) storePart(at, relu4(loadPart(at, left)), left);
}

// @ts-ignore: decorator
@inline
function gelu4(x: v128): v128 {
  const erf = erf4(f32x4.mul(x, f32x4.splat(SQRT_HALF)));
  return f32x4.mul(f32x4.mul(f32x4.splat(0.5), x), f32x4.add(f32x4.splat(1), erf));
}

// @ts-ignore: decorator
@inline
function geluTanh4(x: v128): v128 {
  const cube = f32x4.mul(f32x4.splat(GELU_TANH_CUBE), f32x4.mul(f32x4.mul(x, x), x));
  return f32x4.mul(x, sigmoid4(f32x4.mul(f32x4.splat(GELU_TANH_SCALE), f32x4.add(x, cube))));
}

// @ts-ignore: decorator
@inline
function silu4(x: v128): v128 {
  return f32x4.mul(x, sigmoid4(x));
}

// @ts-ignore: decorator
@inline
function sigmoid4(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.neg(x))));
}

/** What is not below 0 stays, NaN and -0 too. */
// @ts-ignore: decorator
@inline
function relu4(x: v128): v128 {
  return f32x4.pmax(x, f32x4.splat(0));
}
