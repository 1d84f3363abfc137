import { vector0, vector1, vector2, vector3, vector4, vector5, vector6, vector7 } from './cache-vectors';
import { storePart } from './columns';

/** Values are taken in pieces of so many blocks: they then stay near the processor for all queries. */
const PIECE: i32 = 2;

/**
 * Adds weight · value of the blocks `from` .. `to` − 1 of 32 keys to the sums of `count` queries. Query i sees the keys
 * `first + i` .. min(`last + i`, `newest`); what it does not see does not touch its sums. `values` is the value of the first
 * key of block `from`. The weights of integers are multiplied by their scales already.
 */
export function weighRun<T>(
  values: usize,
  from: i32,
  to: i32,
  vectors: i32,
  first: i32,
  last: i32,
  newest: i32,
  count: i32,
  sums: usize,
  weights: usize,
  wStep: usize,
): void {
  const sumStep: usize = <usize>vectors << 4;
  const valueStep: usize = <usize>vectors << (2 + alignof<T>());
  // The value of key 0, wherever that would be.
  const zero = values - (<usize>from << 5) * valueStep;
  const step = count == 1 ? to - from : PIECE;
  for (let block = from; block < to; block += step) {
    const start = block << 5;
    const end = min(block + step, to) << 5;
    let i = 0;
    for (; i + 4 <= count; i += 4) {
      const sum = sums + <usize>i * sumStep;
      const w = weights + <usize>i * wStep;
      // Keys that all four see, and for each of them those before and after.
      const all = max(start, first + i + 3);
      const allEnd = min(end, min(last + i, newest) + 1);
      if (all >= allEnd) {
        for (let j = 0; j < 4; j++) {
          const a = max(start, first + i + j);
          const b = min(end, min(last + i + j, newest) + 1);
          weighOne<T>(sum + <usize>j * sumStep, w + <usize>j * wStep, zero, a, b, vectors);
        }
        continue;
      }
      for (let j = 0; j < 3; j++) {
        weighOne<T>(sum + <usize>j * sumStep, w + <usize>j * wStep, zero, max(start, first + i + j), all, vectors);
      }
      weighQuad<T>(
        sum,
        sumStep,
        w + (<usize>all << 2),
        wStep,
        zero + <usize>all * valueStep,
        allEnd - all,
        vectors,
      );
      for (let j = 1; j < 4; j++) {
        const b = min(end, min(last + i + j, newest) + 1);
        weighOne<T>(sum + <usize>j * sumStep, w + <usize>j * wStep, zero, allEnd, b, vectors);
      }
    }
    for (; i < count; i++) {
      const a = max(start, first + i);
      const b = min(end, min(last + i, newest) + 1);
      weighOne<T>(sums + <usize>i * sumStep, weights + <usize>i * wStep, zero, a, b, vectors);
    }
  }
}

/** The keys `from` .. `to` − 1 of one query. */
// @ts-ignore: decorator
@inline
function weighOne<T>(sum: usize, weights: usize, zero: usize, from: i32, to: i32, vectors: i32): void {
  if (from >= to) return;
  weigh<T>(sum, weights + (<usize>from << 2), zero + ((<usize>from * vectors) << (2 + alignof<T>())), to - from, vectors);
}

/** Writes `count` numbers times `factor`. */
export function scaleNumbers(from: usize, factor: f32, count: i32, to: usize): void {
  const factors = f32x4.splat(factor);
  const end = from + (<usize>(count & ~3) << 2);
  for (; from < end; from += 16, to += 16) v128.store(to, f32x4.mul(v128.load(from), factors));
  const left = count & 3;
  if (left) storePart(to, f32x4.mul(v128.load(from), factors), left);
}

/** sums[c] += Σ weights[i] values[i, c] in the order of i, for `count` values `[count][4 · vectors]`. */
export function weigh<T>(sums: usize, weights: usize, values: usize, count: i32, vectors: i32): void {
  const step: usize = <usize>vectors << (2 + alignof<T>());
  const end = weights + (<usize>count << 2);
  let left = vectors;
  for (; left >= 8; left -= 8, sums += 128, values += 32 * sizeof<T>()) weigh8<T>(sums, weights, end, values, step);
  if (left >= 4) {
    weigh4<T>(sums, weights, end, values, step);
    left -= 4;
    sums += 64;
    values += 16 * sizeof<T>();
  }
  for (; left >= 2; left -= 2, sums += 32, values += 8 * sizeof<T>()) weigh2<T>(sums, weights, end, values, step);
  if (left) weigh1<T>(sums, weights, end, values, step);
}

function weigh8<T>(sums: usize, w: usize, end: usize, v: usize, step: usize): void {
  let a0 = v128.load(sums, 0);
  let a1 = v128.load(sums, 16);
  let a2 = v128.load(sums, 32);
  let a3 = v128.load(sums, 48);
  let a4 = v128.load(sums, 64);
  let a5 = v128.load(sums, 80);
  let a6 = v128.load(sums, 96);
  let a7 = v128.load(sums, 112);
  for (; w < end; w += 4, v += step) {
    const s = v128.load32_splat(w);
    a0 = f32x4.add(a0, f32x4.mul(vector0<T>(v), s));
    a1 = f32x4.add(a1, f32x4.mul(vector1<T>(v), s));
    a2 = f32x4.add(a2, f32x4.mul(vector2<T>(v), s));
    a3 = f32x4.add(a3, f32x4.mul(vector3<T>(v), s));
    // Never taken; see `multiplyRow`.
    if (!v) break;
    a4 = f32x4.add(a4, f32x4.mul(vector4<T>(v), s));
    a5 = f32x4.add(a5, f32x4.mul(vector5<T>(v), s));
    a6 = f32x4.add(a6, f32x4.mul(vector6<T>(v), s));
    a7 = f32x4.add(a7, f32x4.mul(vector7<T>(v), s));
  }
  v128.store(sums, a0, 0);
  v128.store(sums, a1, 16);
  v128.store(sums, a2, 32);
  v128.store(sums, a3, 48);
  v128.store(sums, a4, 64);
  v128.store(sums, a5, 80);
  v128.store(sums, a6, 96);
  v128.store(sums, a7, 112);
}

function weigh4<T>(sums: usize, w: usize, end: usize, v: usize, step: usize): void {
  let a0 = v128.load(sums, 0);
  let a1 = v128.load(sums, 16);
  let a2 = v128.load(sums, 32);
  let a3 = v128.load(sums, 48);
  for (; w < end; w += 4, v += step) {
    const s = v128.load32_splat(w);
    a0 = f32x4.add(a0, f32x4.mul(vector0<T>(v), s));
    a1 = f32x4.add(a1, f32x4.mul(vector1<T>(v), s));
    a2 = f32x4.add(a2, f32x4.mul(vector2<T>(v), s));
    a3 = f32x4.add(a3, f32x4.mul(vector3<T>(v), s));
  }
  v128.store(sums, a0, 0);
  v128.store(sums, a1, 16);
  v128.store(sums, a2, 32);
  v128.store(sums, a3, 48);
}

function weigh2<T>(sums: usize, w: usize, end: usize, v: usize, step: usize): void {
  let a0 = v128.load(sums, 0);
  let a1 = v128.load(sums, 16);
  for (; w < end; w += 4, v += step) {
    const s = v128.load32_splat(w);
    a0 = f32x4.add(a0, f32x4.mul(vector0<T>(v), s));
    a1 = f32x4.add(a1, f32x4.mul(vector1<T>(v), s));
  }
  v128.store(sums, a0, 0);
  v128.store(sums, a1, 16);
}

function weigh1<T>(sums: usize, w: usize, end: usize, v: usize, step: usize): void {
  let a = v128.load(sums);
  for (; w < end; w += 4, v += step) {
    a = f32x4.add(a, f32x4.mul(vector0<T>(v), v128.load32_splat(w)));
  }
  v128.store(sums, a);
}

/** {@link weigh} of four rows of weights and sums, `wStep` and `sumStep` bytes apart, eight channels at a time. */
function weighQuad<T>(
  sums: usize,
  sumStep: usize,
  weights: usize,
  wStep: usize,
  values: usize,
  count: i32,
  vectors: i32,
): void {
  const step: usize = <usize>vectors << (2 + alignof<T>());
  let left = vectors;
  for (; left >= 2; left -= 2, sums += 32, values += 8 * sizeof<T>()) {
    const s1 = sums + sumStep;
    const s2 = s1 + sumStep;
    const s3 = s2 + sumStep;
    let a0 = v128.load(sums, 0);
    let a1 = v128.load(sums, 16);
    let b0 = v128.load(s1, 0);
    let b1 = v128.load(s1, 16);
    let c0 = v128.load(s2, 0);
    let c1 = v128.load(s2, 16);
    let d0 = v128.load(s3, 0);
    let d1 = v128.load(s3, 16);
    let w0 = weights;
    let w1 = w0 + wStep;
    let w2 = w1 + wStep;
    let w3 = w2 + wStep;
    const end = w0 + (<usize>count << 2);
    for (let v = values; w0 < end; v += step, w0 += 4, w1 += 4, w2 += 4, w3 += 4) {
      const v0 = vector0<T>(v);
      const v1 = vector1<T>(v);
      let s = v128.load32_splat(w0);
      a0 = f32x4.add(a0, f32x4.mul(v0, s));
      a1 = f32x4.add(a1, f32x4.mul(v1, s));
      s = v128.load32_splat(w1);
      b0 = f32x4.add(b0, f32x4.mul(v0, s));
      b1 = f32x4.add(b1, f32x4.mul(v1, s));
      s = v128.load32_splat(w2);
      c0 = f32x4.add(c0, f32x4.mul(v0, s));
      c1 = f32x4.add(c1, f32x4.mul(v1, s));
      s = v128.load32_splat(w3);
      d0 = f32x4.add(d0, f32x4.mul(v0, s));
      d1 = f32x4.add(d1, f32x4.mul(v1, s));
    }
    v128.store(sums, a0, 0);
    v128.store(sums, a1, 16);
    v128.store(s1, b0, 0);
    v128.store(s1, b1, 16);
    v128.store(s2, c0, 0);
    v128.store(s2, c1, 16);
    v128.store(s3, d0, 0);
    v128.store(s3, d1, 16);
  }
  if (left) {
    for (let i = 0; i < 4; i++, sums += sumStep, weights += wStep) {
      weigh1<T>(sums, weights, weights + (<usize>count << 2), values, step);
    }
  }
}
