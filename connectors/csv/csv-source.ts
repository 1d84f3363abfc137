import { type Chunk, InputError, requireInteger, requireOneOf, type Source } from '../../core/index.ts';
import { type ByteInput, type ByteReader, byteReader } from '../bytes/index.ts';
import { type ColumnChoice, type CsvColumns, resolveColumns } from './csv-columns.ts';
import { csvRecords } from './csv-records.ts';
import { RowReader } from './row-reader.ts';

const DEFAULT_ROWS_PER_CHUNK = 256;
const MAX_ROWS_PER_CHUNK = 65536;

/** Options of {@link csvSource} and {@link openCsv}. */
export interface CsvSourceOptions extends ByteInput, ColumnChoice {
  /** Name of the stream in every chunk; default the name of the input. */
  readonly streamId?: string;
  /** Most rows in a chunk, 1..65536; default 256. Fewer where fewer have arrived. */
  readonly rowsPerChunk?: number;
  /** Whether a time before that of the row above is a fault. Equal times never are. Default `error`. */
  readonly onBackwardTime?: 'error' | 'accept';
}

/** A CSV whose header and first row have been read. */
export interface OpenCsv {
  readonly columns: CsvColumns;
  /** All rows, the first included. Can be iterated once; leaving it early closes the input. */
  readonly chunks: AsyncIterable<Chunk>;
  /** Closes the input when `chunks` is not wanted. Closing twice does nothing. */
  close(): Promise<void>;
}

/**
 * A CSV file or pipe as chunks of float64 values `[T, columns]`, with the time of every row in ms and as it was
 * written. Times are ISO 8601 (without an offset: UTC) or seconds or milliseconds since 1970. Which column is
 * what: {@link ColumnChoice}; {@link openCsv} tells.
 *
 * Memory: the rows of 64 KiB of text. Rows before a fault are delivered before it is thrown, with its row.
 * @throws ConfigError for an option out of range. While reading InputError: `INPUT_UNREADABLE`, `INPUT_EMPTY`
 *   (no row), `CSV_MALFORMED`, `CSV_COLUMN_MISSING`, `CSV_VALUE_INVALID`, `TIME_NOT_MONOTONIC`.
 * @example
 * for await (const chunk of csvSource({ path: 'cpu.csv', values: ['value'] }).open()) console.log(chunk.samples);
 */
export function csvSource(options: CsvSourceOptions): Source<Chunk> {
  const { reader, settings } = checked(options);
  return { name: reader.name, open: (signal) => openedChunks(reader, settings, signal) };
}

/**
 * Reads a CSV up to its first row and says what its columns are; for callers that name their results by column.
 * Undefined where the signal aborted before the first row had come.
 * @throws as {@link csvSource}.
 */
export async function openCsv(options: CsvSourceOptions, signal?: AbortSignal): Promise<OpenCsv | undefined> {
  const { reader, settings } = checked(options);
  return openChecked(reader, settings, signal);
}

interface CsvSettings {
  readonly choice: ColumnChoice;
  readonly streamId: string;
  readonly rowsPerChunk: number;
  readonly onBackwardTime: 'error' | 'accept';
}

function checked(options: CsvSourceOptions): { readonly reader: ByteReader; readonly settings: CsvSettings } {
  const reader = byteReader(options);
  const { time, values } = options;
  const limits = { min: 1, max: MAX_ROWS_PER_CHUNK };
  const settings: CsvSettings = {
    choice: { ...(time === undefined ? {} : { time }), ...(values === undefined ? {} : { values }) },
    streamId: options.streamId ?? reader.name,
    rowsPerChunk: requireInteger('rowsPerChunk', options.rowsPerChunk ?? DEFAULT_ROWS_PER_CHUNK, limits),
    onBackwardTime: requireOneOf('onBackwardTime', options.onBackwardTime ?? 'error', ['error', 'accept']),
  };
  return { reader, settings };
}

async function* openedChunks(
  reader: ByteReader,
  settings: CsvSettings,
  signal: AbortSignal | undefined,
): AsyncGenerator<Chunk, void, undefined> {
  const csv = await openChecked(reader, settings, signal);
  if (csv !== undefined) yield* csv.chunks;
}

async function openChecked(
  reader: ByteReader,
  settings: CsvSettings,
  signal: AbortSignal | undefined,
): Promise<OpenCsv | undefined> {
  const batches = csvRecords(reader.open(signal), reader.name, signal);
  try {
    const head = await headOf(batches, reader.name);
    const columns = resolveColumns(head, settings.choice, reader.name);
    const rows = new RowReader({ ...settings, columns, source: reader.name });
    const chunks = chunksOf({ first: head.rows, batches, rows, signal }, settings.rowsPerChunk);
    return { columns, chunks, close: async () => void (await batches.return()) };
  } catch (error) {
    await batches.return();
    if (signal?.aborted === true) return undefined;
    throw error;
  }
}

interface CsvHead {
  readonly header: readonly string[];
  readonly first: readonly string[];
  /** The rows that arrived together with the header. */
  readonly rows: readonly (readonly string[])[];
}

async function headOf(batches: AsyncGenerator<string[][], void, undefined>, source: string): Promise<CsvHead> {
  let records: readonly string[][] = [];
  while (records.length < 2) {
    const next = await batches.next();
    if (next.done === true) {
      const got = records.length === 0 ? 'an empty input' : 'only a header';
      throw new InputError('INPUT_EMPTY', `Expected a header and at least one row, got ${got}`, { source });
    }
    records = [...records, ...next.value];
  }
  const [header, ...rows] = records as readonly [string[], string[], ...string[][]];
  return { header, first: rows[0]!, rows };
}

interface ChunkInputs {
  readonly first: readonly (readonly string[])[];
  readonly batches: AsyncGenerator<string[][], void, undefined>;
  readonly rows: RowReader;
  readonly signal: AbortSignal | undefined;
}

async function* chunksOf(
  { first, batches, rows, signal }: ChunkInputs,
  rowsPerChunk: number,
): AsyncGenerator<Chunk, void, undefined> {
  try {
    let batch = first;
    for (;;) {
      for (let from = 0; from < batch.length; from += rowsPerChunk) {
        const { chunk, fault } = rows.read(batch.slice(from, from + rowsPerChunk));
        if (chunk !== undefined) yield chunk;
        if (fault !== undefined) throw fault;
      }
      const next = await batches.next();
      if (next.done === true) return;
      batch = next.value;
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  } finally {
    await batches.return();
  }
}
