import { type ErrorCode, InputError, show } from '../../core/index.ts';
import { parseDecimal, type TimeFormat, timeFormatOf } from './time-format.ts';

/** A column by its name and place. */
export interface CsvColumn {
  readonly name: string;
  readonly index: number;
}

/** What the columns of a CSV are used for. */
export interface CsvColumns {
  /** All names of the header, in order. */
  readonly header: readonly string[];
  readonly time: (CsvColumn & { readonly format: TimeFormat }) | undefined;
  /** Value columns in the order of the channels; at least one. */
  readonly values: readonly CsvColumn[];
  /** Columns that are neither: text, or without a name. */
  readonly ignored: readonly string[];
}

/** Which columns the caller wants. */
export interface ColumnChoice {
  /** Name of the time column; `null` for none; left out: see {@link resolveColumns}. */
  readonly time?: string | null;
  /** Names of the value columns; left out: every numeric column that is not the time. */
  readonly values?: readonly string[];
}

const TIME_NAMES: ReadonlySet<string> = new Set(['time', 'timestamp', 'date', 'datetime', 'ts']);
const MAX_COLUMNS = 1024;

/**
 * Decides what each column is. Time: as named; else the first column called time, timestamp, date, datetime
 * or ts in any case; else the first column whose first cell is a date (a bare number is no date here).
 * Values: as named; else every named column whose first cell is a number.
 * @throws InputError `CSV_MALFORMED` for a header of numbers, a name used twice or more than 1024 columns;
 *   `CSV_COLUMN_MISSING` for a name that is not in the header; `CSV_VALUE_INVALID` where no column is numeric
 *   or the time column holds no time.
 */
export function resolveColumns(
  rows: { readonly header: readonly string[]; readonly first: readonly string[] },
  choice: ColumnChoice,
  source: string,
): CsvColumns {
  const header = rows.header.map((name) => name.trim());
  checkHeader(header, source);
  const columns = header.map((name, index) => ({ name, index }));
  const wanted = choice.values?.map((name) => columnNamed(columns, name, source));
  const time = timeColumn({ columns, wanted, first: rows.first }, choice.time, source);
  const values =
    wanted ?? columns.filter((column) => isValueColumn(column, rows.first) && column.index !== time?.index);
  if (values.length === 0) {
    const got = show(header.join(','));
    throw fault('CSV_VALUE_INVALID', source, `Expected at least one column of numbers, got none in ${got}`, 0);
  }
  const used = new Set([time?.index, ...values.map((column) => column.index)]);
  const ignored = header.filter((_, index) => !used.has(index));
  return { header, time, values, ignored };
}

function checkHeader(header: readonly string[], source: string): void {
  if (header.length > MAX_COLUMNS) {
    throw fault('CSV_MALFORMED', source, `Expected at most ${MAX_COLUMNS} columns, got ${header.length}`);
  }
  if (header.some((name) => name.includes('\0') || name.includes('\ufffd'))) {
    throw fault('CSV_MALFORMED', source, 'Expected UTF-8 text, got other bytes in the header');
  }
  if (header.every((name) => timeFormatOf(name) !== undefined)) {
    throw fault('CSV_MALFORMED', source, `Expected the first line to name the columns, got ${show(header.join(','))}`);
  }
  const twice = header.find((name, index) => name !== '' && header.indexOf(name) !== index);
  if (twice !== undefined) {
    throw fault('CSV_MALFORMED', source, `Expected every column to have its own name, got ${show(twice)} twice`);
  }
}

interface Candidates {
  readonly columns: readonly CsvColumn[];
  readonly wanted: readonly CsvColumn[] | undefined;
  readonly first: readonly string[];
}

function timeColumn(
  { columns, wanted, first }: Candidates,
  choice: string | null | undefined,
  source: string,
): CsvColumns['time'] {
  if (choice === null) return undefined;
  const free = columns.filter((column) => wanted?.some((value) => value.index === column.index) !== true);
  const column =
    choice !== undefined
      ? columnNamed(columns, choice, source)
      : (free.find(({ name }) => TIME_NAMES.has(name.toLowerCase())) ??
        free.find(({ index }) => timeFormatOf(first[index] ?? '') === 'date'));
  if (column === undefined) return undefined;
  const cell = first[column.index] ?? '';
  const format = timeFormatOf(cell);
  if (format === undefined) throw badTime(source, { column: column.name, cell, row: 0 });
  return { ...column, format };
}

/** The fault of a cell that is not a time. */
export function badTime(
  source: string,
  { column, cell, row }: { readonly column: string; readonly cell: string; readonly row: number },
): InputError {
  const expected = 'an ISO 8601 time or seconds or milliseconds since 1970';
  return fault(
    'CSV_VALUE_INVALID',
    source,
    `Expected column ${show(column)} to hold ${expected}, got ${show(cell)}`,
    row,
  );
}

function isValueColumn({ name, index }: CsvColumn, first: readonly string[]): boolean {
  return name !== '' && !Number.isNaN(parseDecimal(first[index] ?? ''));
}

function columnNamed(columns: readonly CsvColumn[], name: string, source: string): CsvColumn {
  const column = columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  const header = show(columns.map((candidate) => candidate.name).join(','));
  throw fault('CSV_COLUMN_MISSING', source, `Expected a column ${show(name)}, got the header ${header}`);
}

function fault(code: ErrorCode, source: string, message: string, row?: number): InputError {
  return new InputError(code, message, row === undefined ? { source } : { source, row });
}
