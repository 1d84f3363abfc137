import { InputError } from '../../core/index.ts';

/** Where the values of {@link requireFinite} lie and what they may be. */
export interface FiniteCheck {
  readonly channels: number;
  /** Row (sample index) of the first value in its stream. */
  readonly startRow: number;
  /** Name of the stream, for the message. */
  readonly source?: string;
  /** Largest absolute value; default any finite one. */
  readonly limit?: number;
}

/** The largest float32: a float64 sample beyond it would become infinite. */
export const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/**
 * Checks that every value is finite, before any state is touched.
 * @throws InputError `VALUE_NOT_FINITE`, with the row.
 */
export function requireFinite(values: Float32Array | Float64Array, check: FiniteCheck): void {
  const { channels, startRow, source, limit = Number.MAX_VALUE } = check;
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]!) <= limit) continue; // false for NaN
    const row = startRow + Math.floor(i / channels);
    const where = channels === 1 ? '' : ` in channel ${i % channels}`;
    const what = limit === Number.MAX_VALUE ? 'finite' : 'a finite float32';
    throw new InputError('VALUE_NOT_FINITE', `Expected every sample${where} to be ${what}, got ${values[i]}`, {
      ...(source === undefined ? {} : { source }),
      row,
    });
  }
}
