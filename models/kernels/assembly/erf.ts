// Coefficients of x P(x^2) / Q(x^2) on |x| <= 4, those of `core/arithmetic/erf.ts`.
const P0: f32 = -2.72614225801306e-10;
const P1: f32 = 2.77068142495902e-8;
const P2: f32 = -2.10102402082508e-6;
const P3: f32 = -5.69250639462346e-5;
const P4: f32 = -7.34990630326855e-4;
const P5: f32 = -2.954599808540255e-3;
const P6: f32 = -1.609603332624155e-2;
const Q0: f32 = -1.45660718464996e-5;
const Q1: f32 = -2.13374055278905e-4;
const Q2: f32 = -1.68282697438203e-3;
const Q3: f32 = -7.37332916720468e-3;
const Q4: f32 = -1.42647390514189e-2;

/** The error function of four lanes: the operations of `core/arithmetic/erf.ts` in their order. */
// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
  const c = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-4)), f32x4.splat(4));
  const s = f32x4.mul(c, c);
  let p = f32x4.add(f32x4.mul(f32x4.splat(P0), s), f32x4.splat(P1));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(P2));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(P3));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(P4));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(P5));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(P6));
  let q = f32x4.add(f32x4.mul(f32x4.splat(Q0), s), f32x4.splat(Q1));
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(Q2));
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(Q3));
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(Q4));
  return f32x4.div(f32x4.mul(c, p), q);
}
