import { detectInput, stdinInput } from '../connectors/index.ts';
import { ConfigError } from '../core/index.ts';
import type { InputChoice } from '../pipeline/index.ts';

/** Options of every command that reads a FILE. */
export interface ColumnOptions {
  readonly time?: string;
  readonly value?: readonly string[];
}

/** Reads the FILE argument: a path, whose ending says what it is, or `-` for standard input, whose first bytes do. */
export async function inputOf(file: string, { time, value }: ColumnOptions, signal: AbortSignal): Promise<InputChoice> {
  if (value !== undefined && new Set(value).size !== value.length) {
    throw new ConfigError('CONFIG_INVALID', `Expected \`--value\` to name every column once, got ${value.join(' ')}`);
  }
  const columns = { ...(time === undefined ? {} : { time }), ...(value === undefined ? {} : { values: value }) };
  if (file !== '-') return { format: /\.(wav|wave)$/i.test(file) ? 'wav' : 'csv', path: file, ...columns };
  const { format, input } = await detectInput(stdinInput(), signal);
  return { format, ...input, ...columns };
}
