const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/**
 * Bytes for people, three digits at least.
 * @example
 * describeBytes(1536); // '1.5 KiB'
 */
export function describeBytes(bytes: number): string {
  const [value, unit] = scaled(bytes, 1024, BINARY);
  return `${trim(value)} ${unit}`;
}

/**
 * Milliseconds for people.
 * @example
 * describeMs(2500); // '2.5 s'
 */
export function describeMs(ms: number): string {
  if (ms >= 1000) return `${trim(ms / 1000)} s`;
  return ms >= 1 || ms === 0 ? `${trim(ms)} ms` : `${trim(ms * 1000)} µs`;
}

function scaled<const T extends string>(value: number, base: number, units: readonly T[]): readonly [number, T] {
  let at = 0;
  let rest = value;
  while (rest >= base && at < units.length - 1) {
    rest /= base;
    at += 1;
  }
  return [rest, units[at] as T];
}

/** Three significant digits, without trailing zeros; whole from 100 on. */
function trim(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
