export { asinhDouble } from './asinh-double.ts';
export { erf } from './erf.ts';
export { erfcDouble } from './erfc-double.ts';
export { exp, expAll } from './exp.ts';
export { expDouble, logDouble } from './exp-log-double.ts';
export { powerOfTwo } from './power-of-two.ts';
export { sinCos } from './sin-cos.ts';
