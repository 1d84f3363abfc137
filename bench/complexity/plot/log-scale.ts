/** A logarithmic axis: values on it, and the values that get a line and a label. */
export interface LogScale {
  readonly ticks: readonly number[];
  /** Where `value` lies, in pixels. */
  at(value: number): number;
}

const MOST_TICKS = 8;

/**
 * A logarithmic scale over all of `values`, which are positive; it ends at a power of `base` where `snapped`.
 *
 * @param options `base` of the ticks; `from` and `to`, pixels of the smallest and largest value; `snapped` default true
 */
export function logScale(
  values: readonly number[],
  options: { readonly base: number; readonly from: number; readonly to: number; readonly snapped?: boolean },
): LogScale {
  const { base, from, to, snapped = true } = options;
  const logs = values.map((value) => Math.log(value) / Math.log(base));
  // A power of the base itself comes out of the logarithms a little beside its whole number.
  const first = Math.floor(Math.min(...logs) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.max(...logs) - 1e-9));
  const low = snapped ? first : Math.min(...logs);
  const high = snapped ? last : Math.max(low + 1e-9, ...logs);
  const step = Math.ceil((last - first) / (MOST_TICKS - 1));
  const ticks: number[] = [];
  for (let power = first; power <= last; power += step) {
    if (power >= low - 1e-9 && power <= high + 1e-9) ticks.push(base ** power);
  }
  return { ticks, at: (value) => from + ((Math.log(value) / Math.log(base) - low) / (high - low)) * (to - from) };
}
