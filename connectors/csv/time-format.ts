/** How a time column is written; judged once, on the first row, so that all rows are read alike. */
export type TimeFormat = 'date' | 'epoch-seconds' | 'epoch-milliseconds';

/** Bare numbers from here on are milliseconds: as seconds this is the year 5138, as milliseconds March 1973. */
const FIRST_EPOCH_MS = 1e11;
/** The range of a JavaScript date. */
const MAX_TIME_MS = 8.64e15;

const DATE_PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d{2}:?\d{2})?)?$/;
const NUMBER_PATTERN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The format of a first cell, or `undefined` where it is not a time. */
export function timeFormatOf(text: string): TimeFormat | undefined {
  const trimmed = text.trim();
  if (NUMBER_PATTERN.test(trimmed)) {
    return Math.abs(Number(trimmed)) >= FIRST_EPOCH_MS ? 'epoch-milliseconds' : 'epoch-seconds';
  }
  return Number.isNaN(dateMs(trimmed)) ? undefined : 'date';
}

/** Milliseconds since 1970, or NaN where the text is not a time of that format. */
export function parseTime(text: string, format: TimeFormat): number {
  const trimmed = text.trim();
  if (format === 'date') return dateMs(trimmed);
  const value = parseDecimal(trimmed);
  const milliseconds = format === 'epoch-seconds' ? value * 1000 : value;
  return Math.abs(milliseconds) <= MAX_TIME_MS ? milliseconds : Number.NaN;
}

/** A finite decimal number, or NaN: no hexadecimal, no empty text, no word. */
export function parseDecimal(text: string): number {
  const trimmed = text.trim();
  const value = NUMBER_PATTERN.test(trimmed) ? Number(trimmed) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

/** ISO 8601 date or date and time, with `T` or a space; without an offset it is UTC on every machine. */
function dateMs(text: string): number {
  const match = DATE_PATTERN.exec(text);
  if (match === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((group) => Number(match[group] ?? 0));
  const midnight = new Date(0);
  midnight.setUTCFullYear(year!, month! - 1, day!);
  const isRealDay = midnight.getUTCMonth() === month! - 1 && midnight.getUTCDate() === day!;
  if (!isRealDay || hour! > 23 || minute! > 59 || second! > 59) return Number.NaN;
  const fractionMs = match[7] === undefined ? 0 : Number(`0.${match[7]}`) * 1000;
  const clockMs = ((hour! * 60 + minute!) * 60 + second!) * 1000 + fractionMs;
  return midnight.getTime() + clockMs - offsetMs(match[8]);
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}
