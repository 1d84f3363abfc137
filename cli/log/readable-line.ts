/** What would move a terminal's cursor, or turn the direction of its text, and is not escaped by JSON. */
const UNPRINTABLE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
/** Texts that need no quotes. */
const PLAIN = /^[\w.:/@+-]+$/;

/**
 * A line of a run's log for people: time of day, level, event and its fields, as `12:03:44 info  restored partition=0 ms=31`.
 * @param line JSON, with or without its line break
 */
export function readableLine(line: string): string {
  const { level, time, event, pid: _, pipeline: __, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const at = new Date(String(time)).toTimeString().slice(0, 8);
  const said = Object.entries(fields).map(([name, value]) => `${name}=${readable(value)}`);
  return `${[at, String(level).padEnd(5), event, ...said].join(' ')}\n`;
}

function readable(value: unknown): string {
  if (typeof value === 'string' && PLAIN.test(value)) return value;
  return JSON.stringify(value).replace(
    UNPRINTABLE,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
