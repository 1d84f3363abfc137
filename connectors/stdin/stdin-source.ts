import type { Chunk, Source } from '../../core/index.ts';
import { requireOneOf } from '../../core/index.ts';
import type { ByteInput } from '../bytes/index.ts';
import { type CsvSourceOptions, csvSource } from '../csv/index.ts';
import { type WavSourceOptions, wavSource } from '../wav/index.ts';

/** Standard input as a {@link ByteInput}, for every reader that takes one. It can be read once. */
export function stdinInput(stdin: AsyncIterable<Uint8Array> = process.stdin): ByteInput {
  return { stream: stdin, name: 'stdin' };
}

/** Options of {@link stdinSource}: a format, and the options of its reader. */
export type StdinSourceOptions =
  | ({ readonly format: 'wav' } & Omit<WavSourceOptions, keyof ByteInput> & StdinStream)
  | ({ readonly format: 'csv' } & Omit<CsvSourceOptions, keyof ByteInput> & StdinStream);

interface StdinStream {
  /** The stream to read in place of standard input. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/**
 * Standard input read as WAV or CSV.
 * @throws ConfigError for an unknown format; else as {@link wavSource} and {@link csvSource}.
 */
export function stdinSource(options: StdinSourceOptions): Source<Chunk> {
  requireOneOf('format', options.format, ['wav', 'csv']);
  const input = stdinInput(options.stdin);
  return options.format === 'wav' ? wavSource({ ...options, ...input }) : csvSource({ ...options, ...input });
}
