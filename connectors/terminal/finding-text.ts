import type { Anomaly, PerColumn } from '../../core/index.ts';
import { sparkline } from './sparkline.ts';
import { paint, plain, shorten, type TerminalStyle } from './terminal-style.ts';

/** One finding as one line without its newline: where, when, what came, what was expected, how unusual. */
export function findingLine(anomaly: Anomaly, style: TerminalStyle): string {
  const { time, row, value, expected, score, threshold } = anomaly;
  const when = time === null ? '' : `  ${plain(time)}`;
  const instead = expected === null ? '' : `, expected ${numbers(expected)}`;
  const head = '! anomaly';
  const rest = `  row ${row}${when}  value ${numbers(value)}${instead}  score ${score.toFixed(3)} >= ${threshold.toFixed(3)}`;
  return paint(head, 'red', style) + shorten(rest, style.width - head.length);
}

/** What {@link summaryLine} tells. */
export interface FindingSummary {
  readonly rows: number;
  readonly findings: number;
  /** The row with the highest score, where there was any row. */
  readonly highest: Pick<Anomaly, 'row' | 'score' | 'time'> | undefined;
}

/** The end of a run as one line without its newline. */
export function summaryLine({ rows, findings, highest }: FindingSummary, style: TerminalStyle): string {
  const count = `${findings} ${findings === 1 ? 'finding' : 'findings'}`;
  const when = highest === undefined || highest.time === null ? '' : ` (${plain(highest.time)})`;
  const top = highest === undefined ? '' : `, highest score ${highest.score.toFixed(3)} at row ${highest.row}${when}`;
  const rest = ` in ${rows} rows${top}`;
  return paint(count, findings === 0 ? 'green' : 'yellow', style) + shorten(rest, style.width - count.length);
}

/** Two lines: the values over their own range and the scores over 0..1, each scaled to the width. */
export function chartLines(
  { values, scores }: { readonly values: ArrayLike<number>; readonly scores: ArrayLike<number> },
  style: TerminalStyle,
): readonly [value: string, score: string] {
  const width = style.width - 'value '.length;
  return [
    `value ${sparkline(values, width)}`,
    `score ${paint(sparkline(scores, width, { min: 0, max: 1 }), 'red', style)}`,
  ];
}

function numbers(value: PerColumn): string {
  if (typeof value === 'number') return shortNumber(value);
  return Object.entries(value)
    .map(([column, entry]) => `${plain(column)}=${shortNumber(entry)}`)
    .join(' ');
}

/** Four significant digits, for eyes; results for machines are written in full by the NDJSON sink. */
function shortNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '-';
}
