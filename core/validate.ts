import { ConfigError, ShapeError } from './errors.ts';

/** Bounds of {@link requireInteger} and {@link requireNumber}, both inclusive. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * Checks that an option is an integer within a range and returns it.
 * @throws ConfigError `CONFIG_INVALID`, as "Expected `hopLength` to be an integer in 1..512, got 600".
 */
export function requireInteger(name: string, value: unknown, range: Range): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < range.min || value > range.max) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`${name}\` to be an integer in ${range.min}..${range.max}, got ${show(value)}`,
    );
  }
  return value;
}

/**
 * Checks that an option is a finite number within a range and returns it.
 * @throws ConfigError `CONFIG_INVALID`.
 */
export function requireNumber(name: string, value: unknown, range: Range): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < range.min || value > range.max) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`${name}\` to be a number in ${range.min}..${range.max}, got ${show(value)}`,
    );
  }
  return value;
}

/**
 * Checks that an option is one of the given words and returns it.
 * @throws ConfigError `CONFIG_INVALID`.
 */
export function requireOneOf<const T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  if (!allowed.includes(value as T)) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`${name}\` to be one of ${allowed.join(', ')}, got ${show(value)}`,
    );
  }
  return value as T;
}

/**
 * Checks that an array holds whole rows of a width and returns the number of rows.
 * @throws ShapeError `SHAPE_MISMATCH`.
 */
export function requireRows(name: string, array: { readonly length: number }, width: number): number {
  if (array.length % width !== 0) {
    throw new ShapeError(
      'SHAPE_MISMATCH',
      `Expected \`${name}\` to hold whole rows of ${width} numbers, got ${array.length} numbers`,
    );
  }
  return array.length / width;
}

/** A short, bounded picture of any value for an error message. */
export function show(value: unknown): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : typeof value === 'object' && value !== null
        ? safeJson(value)
        : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function safeJson(value: object): string {
  try {
    return JSON.stringify(value) ?? Object.prototype.toString.call(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
