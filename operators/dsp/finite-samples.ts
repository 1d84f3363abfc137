import { InputError } from '../../core/index.ts';

/**
 * Checks that every value is finite, before any state is touched.
 * @param startRow row (sample index) of the first value in its stream
 * @throws InputError `VALUE_NOT_FINITE`, with the row.
 */
export function requireFinite(values: Float32Array | Float64Array, channels: number, startRow: number): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    const row = startRow + Math.floor(i / channels);
    const where = channels === 1 ? '' : ` in channel ${i % channels}`;
    throw new InputError('VALUE_NOT_FINITE', `Expected every sample${where} to be finite, got ${values[i]}`, { row });
  }
}
