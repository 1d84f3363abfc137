import { detectInput, stdinInput } from '../connectors/index.ts';
import type { InputChoice } from '../pipeline/index.ts';

/** Reads the FILE argument: a path, whose ending says what it is, or `-` for standard input, whose first bytes do. */
export async function inputOf(
  file: string,
  columns: { readonly time?: string; readonly values?: readonly string[] },
  signal: AbortSignal,
): Promise<InputChoice> {
  if (file !== '-') return { format: /\.(wav|wave)$/i.test(file) ? 'wav' : 'csv', path: file, ...columns };
  const { format, input } = await detectInput(stdinInput(), signal);
  return { format, ...input, ...columns };
}
