import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InputError } from '../../core/index.ts';
import type { NabSeries, Scores } from './scorer.ts';

/**
 * Reads the series and windows under a folder laid out as the benchmark's repository.
 * @throws InputError `INPUT_UNREADABLE`
 */
export function loadNab(folder: string): readonly NabSeries[] {
  const labels = readLabels(join(folder, 'labels', 'combined_windows.json'));
  return Object.entries(labels)
    .filter(([name]) => existsSync(join(folder, 'data', name)))
    .map(([name, spans]) => {
      const rows = readRows(join(folder, 'data', name));
      const timestamps = rows.map((row) => (row[0] as string).slice(0, 19));
      const index = new Map<string, number>();
      timestamps.forEach((time, row) => {
        if (!index.has(time)) index.set(time, row);
      });
      const rowOf = (time: string): number => {
        const row = index.get(time.slice(0, 19));
        if (row === undefined) throw unreadable(name, `a row at ${time}, where a window of its labels begins or ends`);
        return row;
      };
      return {
        name,
        group: name.split('/')[0] as string,
        timestamps,
        values: Float64Array.from(rows, (row) => finite(row[1], name)),
        windows: spans.map(([first, last]) => [rowOf(first), rowOf(last)] as const),
      };
    });
}

/** Names of the detectors whose scores are stored under `results/`. */
export function storedDetectors(folder: string): readonly string[] {
  const results = join(folder, 'results');
  return existsSync(results) ? readdirSync(results).sort() : [];
}

/**
 * Stored scores of a published detector, plain or gzipped.
 * @throws InputError `INPUT_UNREADABLE`
 */
export function loadScores(folder: string, detector: string, series: readonly NabSeries[]): Scores {
  return new Map(
    series.map(({ name, group, values }) => {
      const file = `${detector}_${name.split('/')[1]}`;
      const path = join(folder, 'results', detector, group, file);
      const text = existsSync(path) ? readText(path) : readText(`${path}.gz`, gunzipSync);
      const [header, ...lines] = text.trim().split(/\r?\n/);
      const column = (header as string).split(',').indexOf('anomaly_score');
      const scores = Float64Array.from(lines, (line) => finite(line.split(',')[column], path));
      if (scores.length !== values.length) throw unreadable(path, `${values.length} scores, got ${scores.length}`);
      return [name, scores];
    }),
  );
}

function readRows(path: string): readonly string[][] {
  return readText(path)
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(','));
}

function readLabels(path: string): Record<string, [string, string][]> {
  const text = readText(path);
  try {
    return JSON.parse(text) as Record<string, [string, string][]>;
  } catch (cause) {
    throw unreadable(path, 'JSON', cause);
  }
}

function readText(path: string, unpack: (bytes: Buffer) => Buffer = (bytes) => bytes): string {
  try {
    return unpack(readFileSync(path)).toString('utf8');
  } catch (cause) {
    throw unreadable(path, `a readable file: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

function finite(text: string | undefined, source: string): number {
  const value = Number(text);
  if (text === undefined || text === '' || !Number.isFinite(value)) throw unreadable(source, `numbers, got ${text}`);
  return value;
}

function unreadable(source: string, expected: string, cause?: unknown): InputError {
  return new InputError('INPUT_UNREADABLE', `Expected ${expected}`, { source }, { cause });
}
