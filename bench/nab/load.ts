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
  const labels = JSON.parse(readText(join(folder, 'labels', 'combined_windows.json'))) as Record<
    string,
    [string, string][]
  >;
  return Object.entries(labels)
    .filter(([name]) => existsSync(join(folder, 'data', name)))
    .map(([name, spans]) => {
      const rows = readRows(join(folder, 'data', name));
      const timestamps = rows.map((row) => (row[0] as string).slice(0, 19));
      const index = new Map<string, number>();
      timestamps.forEach((time, row) => {
        if (!index.has(time)) index.set(time, row);
      });
      const rowOf = (time: string): number => index.get(time.slice(0, 19)) as number;
      return {
        name,
        group: name.split('/')[0] as string,
        timestamps,
        values: Float64Array.from(rows, (row) => Number(row[1])),
        windows: spans.map(([first, last]) => [rowOf(first), rowOf(last)] as const),
      };
    });
}

/** Names of the detectors whose scores are stored under `results/`. */
export function storedDetectors(folder: string): readonly string[] {
  const results = join(folder, 'results');
  return existsSync(results) ? readdirSync(results).sort() : [];
}

/** Stored scores of a published detector. */
export function loadScores(folder: string, detector: string, series: readonly NabSeries[]): Scores {
  return new Map(
    series.map(({ name, group }) => {
      const file = `${detector}_${name.split('/')[1]}`;
      const path = join(folder, 'results', detector, group, file);
      const text = existsSync(path) ? readText(path) : gunzipSync(readFileSync(`${path}.gz`)).toString('utf8');
      const [header, ...lines] = text.trim().split(/\r?\n/);
      const column = (header as string).split(',').indexOf('anomaly_score');
      return [name, Float64Array.from(lines, (line) => Number(line.split(',')[column]))];
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

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InputError(
      'INPUT_UNREADABLE',
      `Expected ${path} to be a readable file: ${cause instanceof Error ? cause.message : cause}`,
      {},
      { cause },
    );
  }
}
