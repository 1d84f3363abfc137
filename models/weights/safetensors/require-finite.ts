import { WeightsError } from '../../../core/index.ts';
import { quote } from './faults.ts';

/**
 * Checks that every number of a tensor is finite and returns the numbers. Cost: one pass.
 * @throws WeightsError `WEIGHTS_NOT_FINITE`, as 'Expected "bias" to be finite, got NaN at index 3'.
 */
export function requireFinite<T extends Float32Array | Float64Array>(name: string, values: T): T {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new WeightsError(
        'WEIGHTS_NOT_FINITE',
        `Expected ${quote(name)} to be finite, got ${values[i]} at index ${i}`,
      );
    }
  }
  return values;
}
