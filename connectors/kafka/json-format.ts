import {
  type Chunk,
  ConfigError,
  chunkLength,
  InputError,
  requireInteger,
  requireNumber,
  show,
} from '../../core/index.ts';
import { parseTime, type TimeFormat, timeFormatOf } from '../csv/time-format.ts';
import { fromStateJson, type JsonStreamState, MAX_COLUMNS, toStateJson } from './json-state.ts';
import { malformed, requireValue, streamIdOf, textOf } from './record-fields.ts';
import { checkLimits, fallbackTimeMs, type RecordDecoder, type RecordLimits } from './record-format.ts';
import { type KafkaRecord, type OutgoingRecord, placeOf } from './transport.ts';

/** Options of {@link jsonDecoder}. */
export interface JsonDecoderOptions extends RecordLimits {
  /** Fields that hold values, in this order; others are ignored. Default: every field of a stream's first row. */
  readonly valueColumns?: readonly string[];
  /** Field that holds the time. Default `time`. */
  readonly timeColumn?: string;
  /** Field that holds the row's index in its stream. Default `row`. */
  readonly rowColumn?: string;
  /** Samples per second, where the series has a fixed rate. Default 0: none. */
  readonly sampleRateHz?: number;
  /** Rows of one record, 1..1000000. Default 100000. */
  readonly maxRows?: number;
  /** Streams to keep count of, 1..10000000. Default 100000. */
  readonly maxStreams?: number;
}

type Row = Readonly<Record<string, unknown>>;
type Settings = ReturnType<typeof settingsOf>;

/**
 * Reads records whose value is a JSON row `{"time": "2014-04-01T00:00:00Z", "load": 0.5, ...}` or an array of such
 * rows; the key is the stream id. `time` (ISO 8601, or seconds or milliseconds since 1970, judged on a stream's first
 * row as in CSV) and `row` (0-based index of the row in its stream) may be left out, together for all rows of a
 * record. Without `row`, rows are counted from 0 by this decoder, so a restart counts anew: producers that restart
 * or write to several partitions should send it. All other fields are finite numbers.
 *
 * Chunks hold float64 `[T, columns]`, with the times of all rows.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function jsonDecoder(options: JsonDecoderOptions = {}): RecordDecoder & {
  /** Value columns of a stream, `undefined` before its first record. */
  columns(streamId: string): readonly string[] | undefined;
} {
  const settings = settingsOf(options);
  let streams = new Map<string, JsonStreamState>();
  return {
    decode(record) {
      const streamId = streamIdOf(record);
      const known = streams.get(streamId);
      if (known === undefined && streams.size >= settings.maxStreams) {
        throw malformed(record, `Expected at most ${settings.maxStreams} streams, got another: ${show(streamId)}`);
      }
      const rows = rowsOf(record, settings);
      const columns = known?.columns ?? settings.valueColumns ?? columnsOf(record, rows[0]!, settings);
      const samples = valuesOf(record, rows, columns, settings);
      const times = timesOf(record, rows, known?.timeFormat, settings);
      const startSample = startRowOf(record, rows, settings) ?? known?.nextRow ?? 0;
      // Of one that says that it stands before others the index tells its place, not the time.
      const isBehind = known !== undefined && startSample < known.nextRow;
      const ownTimeMs = requireForward(record, times, isBehind ? undefined : known?.lastTimeMs);
      const lastTimeMs = isBehind ? Math.max(known.lastTimeMs, ownTimeMs) : ownTimeMs;
      const nextRow = Math.max(startSample + rows.length, isBehind ? known.nextRow : 0);
      const timeFormat = times?.format ?? known?.timeFormat;
      streams.set(streamId, { nextRow, columns, timeFormat, lastTimeMs });
      return {
        ...{ streamId, startSample, sampleRateHz: settings.sampleRateHz, channels: columns.length, samples },
        eventTimeMs: times === undefined ? fallbackTimeMs(record, settings) : times.ms[0],
        ...(times === undefined ? {} : { eventTimesMs: times.ms, timeTexts: times.texts }),
      };
    },
    columns: (streamId) => streams.get(streamId)?.columns,
    mark: () => new Map(streams),
    rewind: (mark) => {
      streams = new Map(mark as ReadonlyMap<string, JsonStreamState>);
    },
    state: (streamId) => toStateJson(streams.get(streamId)),
    restore: (streamId, json) => {
      const state = fromStateJson(streamId, json, settings);
      if (state === undefined) streams.delete(streamId);
      else streams.set(streamId, state);
    },
    forget: (streamId) => {
      streams.delete(streamId);
    },
  };
}

/**
 * Makes the record that {@link jsonDecoder} reads back: an array of rows with `row`, the chunk's times where it has
 * them, and one field a column.
 * @throws ConfigError when `columns` does not name each channel
 */
export function encodeJsonRecord(chunk: Chunk, columns: readonly string[]): OutgoingRecord {
  if (columns.length !== chunk.channels) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`columns\` to name ${chunk.channels} channels, got ${show(columns)}`,
    );
  }
  const { startSample, samples, channels, timeTexts, eventTimesMs, eventTimeMs, streamId } = chunk;
  const rows = Array.from({ length: chunkLength(chunk) }, (_, i) => {
    const ms = eventTimesMs?.[i];
    const time = timeTexts?.[i] ?? (ms === undefined ? undefined : new Date(ms).toISOString());
    const values = columns.map((column, c): [string, number] => [column, samples[i * channels + c]!]);
    return Object.fromEntries<unknown>([
      ['row', startSample + i],
      ...(time === undefined ? [] : [['time', time] as const]),
      ...values,
    ]);
  });
  const timestampMs = eventTimeMs === undefined || eventTimeMs < 0 ? {} : { timestampMs: Math.round(eventTimeMs) };
  return { key: streamId, value: JSON.stringify(rows), ...timestampMs };
}

function settingsOf(options: JsonDecoderOptions) {
  const { valueColumns, timeColumn = 'time', rowColumn = 'row' } = options;
  const isList = valueColumns === undefined || (valueColumns.length > 0 && valueColumns.length <= MAX_COLUMNS);
  if (!isList || new Set(valueColumns).size !== (valueColumns?.length ?? 0)) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`valueColumns\` to name 1..${MAX_COLUMNS} different columns, got ${show(valueColumns)}`,
    );
  }
  return {
    ...checkLimits(options),
    ...{ valueColumns, timeColumn, rowColumn },
    sampleRateHz: requireNumber('sampleRateHz', options.sampleRateHz ?? 0, { min: 0, max: 1e7 }),
    maxRows: requireInteger('maxRows', options.maxRows ?? 100_000, { min: 1, max: 1_000_000 }),
    maxStreams: requireInteger('maxStreams', options.maxStreams ?? 100_000, { min: 1, max: 10_000_000 }),
  };
}

const BYTE_ORDER_MARK = /^\uFEFF/;

function rowsOf(record: KafkaRecord, { maxRecordBytes, maxRows }: Settings): readonly Row[] {
  const text = textOf(record, 'the value', requireValue(record, maxRecordBytes)).replace(BYTE_ORDER_MARK, '');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw malformed(record, `Expected the value to be JSON, got ${show(text)}`, cause);
  }
  const rows: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  if (rows.length === 0 || rows.length > maxRows) {
    throw malformed(record, `Expected 1..${maxRows} rows, got ${rows.length}`);
  }
  for (const [i, row] of rows.entries()) {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      throw malformed(record, `Expected ${which(rows, i)} to be an object, got ${show(row)}`);
    }
  }
  return rows as readonly Row[];
}

function columnsOf(record: KafkaRecord, row: Row, { timeColumn, rowColumn }: Settings): readonly string[] {
  const columns = Object.keys(row).filter((name) => name !== timeColumn && name !== rowColumn);
  if (columns.length === 0 || columns.length > MAX_COLUMNS) {
    throw malformed(record, `Expected a row to have 1..${MAX_COLUMNS} value columns, got ${columns.length}`);
  }
  return columns;
}

function valuesOf(
  record: KafkaRecord,
  rows: readonly Row[],
  columns: readonly string[],
  { valueColumns, timeColumn, rowColumn }: Settings,
): Float64Array {
  const values = new Float64Array(rows.length * columns.length);
  const known = new Set([...columns, timeColumn, rowColumn]);
  for (const [i, row] of rows.entries()) {
    for (const [c, column] of columns.entries()) {
      const value = Object.hasOwn(row, column) ? row[column] : undefined;
      if (typeof value !== 'number') {
        const got = value === undefined ? 'no such field' : show(value);
        throw malformed(record, `Expected \`${column}\` of ${which(rows, i)} to be a number, got ${got}`);
      }
      if (!Number.isFinite(value)) {
        const message = `Expected \`${column}\` of ${which(rows, i)} to be finite, got ${value}`;
        throw new InputError('VALUE_NOT_FINITE', message, placeOf(record));
      }
      values[i * columns.length + c] = value;
    }
    const extra = valueColumns === undefined ? Object.keys(row).find((name) => !known.has(name)) : undefined;
    if (extra !== undefined) {
      const message = `Expected ${which(rows, i)} to have the columns ${show(columns)} of the stream's first row, got also ${show(extra)}`;
      throw malformed(record, message);
    }
  }
  return values;
}

interface Times {
  readonly ms: Float64Array;
  readonly texts: readonly string[];
  readonly format: TimeFormat;
}

function timesOf(
  record: KafkaRecord,
  rows: readonly Row[],
  known: TimeFormat | undefined,
  { timeColumn }: Settings,
): Times | undefined {
  if (rows.every((row) => !Object.hasOwn(row, timeColumn))) return undefined;
  const ms = new Float64Array(rows.length);
  let format = known;
  const texts = rows.map((row, i) => {
    const given = Object.hasOwn(row, timeColumn) ? row[timeColumn] : undefined;
    const text = typeof given === 'number' ? String(given) : given;
    if (typeof text === 'string' && text.length <= 64) {
      format ??= timeFormatOf(text);
      ms[i] = format === undefined ? Number.NaN : parseTime(text, format);
      if (Number.isFinite(ms[i])) return text;
    }
    const kind = format === undefined || format === 'date' ? 'an ISO 8601 date or a number' : `a number (${format})`;
    const got = given === undefined ? 'no such field' : show(given);
    throw malformed(record, `Expected \`${timeColumn}\` of ${which(rows, i)} to be ${kind}, got ${got}`);
  });
  return { ms, texts, format: format! };
}

/** Checks that times do not go back, within the record and from the one before, and returns the last. Equal times may follow. */
function requireForward(record: KafkaRecord, times: Times | undefined, before = Number.NEGATIVE_INFINITY): number {
  let last = before;
  for (const [i, ms] of (times?.ms ?? []).entries()) {
    if (ms < last) {
      const message = `Expected the time of row ${i} of the value not to go back, got ${show(times?.texts[i])}`;
      throw new InputError('TIME_NOT_MONOTONIC', message, placeOf(record));
    }
    last = ms;
  }
  return last;
}

/** Index of the first row where the record states it; the rows of a record follow each other. */
function startRowOf(record: KafkaRecord, rows: readonly Row[], { rowColumn }: Settings): number | undefined {
  if (rows.every((row) => !Object.hasOwn(row, rowColumn))) return undefined;
  const first = Object.hasOwn(rows[0]!, rowColumn) ? rows[0]![rowColumn] : undefined;
  const max = Number.MAX_SAFE_INTEGER - rows.length;
  if (typeof first !== 'number' || !Number.isSafeInteger(first) || first < 0 || first > max) {
    throw malformed(
      record,
      `Expected \`${rowColumn}\` of ${which(rows, 0)} to be an integer in 0..${max}, got ${show(first)}`,
    );
  }
  for (const [i, row] of rows.entries()) {
    const index = Object.hasOwn(row, rowColumn) ? row[rowColumn] : undefined;
    if (index !== first + i) {
      throw malformed(record, `Expected \`${rowColumn}\` of ${which(rows, i)} to be ${first + i}, got ${show(index)}`);
    }
  }
  return first;
}

function which(rows: readonly unknown[], index: number): string {
  return rows.length === 1 ? 'the row' : `row ${index} of the value`;
}
