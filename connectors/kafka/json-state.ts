import { SnapshotError, show } from '../../core/index.ts';
import type { TimeFormat } from '../csv/time-format.ts';
import { badState } from './record-format.ts';

/** Value columns of a stream at most. */
export const MAX_COLUMNS = 64;

const TIME_FORMATS: readonly unknown[] = ['date', 'epoch-seconds', 'epoch-milliseconds'] satisfies TimeFormat[];

/** What is known of one stream of JSON rows; replaced as a whole, so that a mark keeps the old one. */
export interface JsonStreamState {
  readonly nextRow: number;
  readonly columns: readonly string[];
  readonly timeFormat: TimeFormat | undefined;
  /** Event time of the last row in ms, -Infinity before the first. */
  readonly lastTimeMs: number;
}

/** The state as a JSON value; `null` for none. */
export function toStateJson(state: JsonStreamState | undefined): unknown {
  if (state === undefined) return null;
  const { nextRow, columns, timeFormat, lastTimeMs } = state;
  return {
    ...{ nextRow, columns, timeFormat: timeFormat ?? null },
    lastTimeMs: lastTimeMs === Number.NEGATIVE_INFINITY ? null : lastTimeMs,
  };
}

/**
 * Reads {@link toStateJson} back.
 * @param settings.valueColumns the columns that the decoder takes, where they are named
 * @throws SnapshotError `SNAPSHOT_CORRUPT`, or `SNAPSHOT_MODEL_MISMATCH` when the columns are others
 */
export function fromStateJson(
  streamId: string,
  json: unknown,
  settings: { readonly valueColumns: readonly string[] | undefined },
): JsonStreamState | undefined {
  if (json === null) return undefined;
  if (typeof json !== 'object' || Array.isArray(json)) throw badState(streamId, 'rows and columns', json);
  const { nextRow, columns, timeFormat, lastTimeMs } = json as Readonly<Record<string, unknown>>;
  if (!Number.isSafeInteger(nextRow) || (nextRow as number) < 0) {
    throw badState(streamId, '`nextRow`, an integer in 0..2^53-1', nextRow);
  }
  if (!isColumns(columns)) throw badState(streamId, `\`columns\`, 1..${MAX_COLUMNS} different names`, columns);
  if (timeFormat !== null && !TIME_FORMATS.includes(timeFormat)) {
    throw badState(streamId, `\`timeFormat\`, one of ${TIME_FORMATS.join(', ')} or null`, timeFormat);
  }
  if (lastTimeMs !== null && !Number.isFinite(lastTimeMs)) {
    throw badState(streamId, '`lastTimeMs`, a number or null', lastTimeMs);
  }
  const { valueColumns = columns } = settings;
  if (valueColumns.length !== columns.length || valueColumns.some((name, c) => name !== columns[c])) {
    const message = `Expected the state of stream ${show(streamId)} to be of the columns ${show(valueColumns)}, got ${show(columns)}`;
    throw new SnapshotError('SNAPSHOT_MODEL_MISMATCH', message);
  }
  return {
    ...{ nextRow: nextRow as number, columns: [...columns] },
    timeFormat: (timeFormat ?? undefined) as TimeFormat | undefined,
    lastTimeMs: (lastTimeMs ?? Number.NEGATIVE_INFINITY) as number,
  };
}

function isColumns(columns: unknown): columns is readonly string[] {
  return (
    Array.isArray(columns) &&
    columns.length > 0 &&
    columns.length <= MAX_COLUMNS &&
    columns.every((name) => typeof name === 'string') &&
    new Set(columns).size === columns.length
  );
}
