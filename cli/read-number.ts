import { ConfigError } from '../core/index.ts';

/**
 * Reads a number from the command line.
 * @throws ConfigError `CONFIG_INVALID`; ranges are checked by whoever takes the number
 */
export function readNumber(name: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value))
    throw new ConfigError('CONFIG_INVALID', `Expected \`${name}\` to be a number, got ${JSON.stringify(text)}`);
  return value;
}
