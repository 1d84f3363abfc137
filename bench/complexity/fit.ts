import { leastSquares } from './least-squares.ts';
import { COMPLEXITY_MODELS, type ComplexityFit, type ComplexityMeasurement } from './measurement.ts';

/**
 * The exponents of time and memory of every model that was measured at two lengths or more: the least-squares slope of
 * log(figure) over log(length), through the upper half of its lengths (at least two).
 */
export function fitExponents(measured: readonly ComplexityMeasurement[]): ComplexityFit[] {
  return COMPLEXITY_MODELS.flatMap((model) => {
    const own = measured.filter((one) => one.model === model).sort((a, b) => a.length - b.length);
    const upper = own.slice(-Math.max(2, Math.ceil(own.length / 2)));
    return (['ms', 'bytes'] as const).flatMap((fit) => {
      const line = leastSquares(
        upper.map(({ length }) => Math.log(length)),
        upper.map((one) => Math.log(one[fit])),
      );
      if (line === undefined) return [];
      const [from, to] = [upper[0]?.length as number, upper.at(-1)?.length as number];
      return [{ bench: 'complexity' as const, model, fit, exponent: line.slope, from, to }];
    });
  });
}
