import { openCsv, wavSource } from '../../connectors/index.ts';
import { AbortError, type Chunk, type Source } from '../../core/index.ts';

/** A file or pipe of audio or of a series. */
export interface InputChoice {
  readonly format: 'wav' | 'csv';
  /** Exactly one of `path` and `stream` is given. */
  readonly path?: string;
  readonly stream?: AsyncIterable<Uint8Array>;
  /** Name for messages where there is no path. */
  readonly name?: string;
  /** Time column of a CSV. */
  readonly time?: string;
  /** Value columns of a CSV. */
  readonly values?: readonly string[];
}

/** An input that is open, with the names of its channels. */
export interface OpenInput {
  readonly source: Source<Chunk>;
  readonly columns: readonly string[];
  /** Columns of a CSV that are neither time nor value, judged by their first cell. */
  readonly ignored: readonly string[];
  /** Lets go of an input that nobody reads after all; one that was read has closed itself. */
  close(): Promise<void>;
}

/**
 * Opens a WAV (its channels mixed to one) or a CSV.
 * @throws InputError, as the sources do; AbortError when the signal came before the first row
 */
export async function openInput(choice: InputChoice, signal?: AbortSignal): Promise<OpenInput> {
  const { format, time, values, ...bytes } = choice;
  if (format === 'wav') {
    const source = wavSource({ ...bytes, channelMix: 'mono' });
    return { source, columns: ['audio'], ignored: [], close: async () => undefined };
  }
  const csv = await openCsv(
    { ...bytes, ...(time === undefined ? {} : { time }), ...(values === undefined ? {} : { values }) },
    signal,
  );
  if (csv === undefined) throw new AbortError('ABORTED', 'Expected a first row, the run was stopped before it came');
  const name = choice.path ?? choice.name ?? 'stream';
  return {
    source: { name, open: () => csv.chunks },
    columns: csv.columns.values.map((column) => column.name),
    ignored: values === undefined ? csv.columns.ignored : [],
    close: () => csv.close(),
  };
}
