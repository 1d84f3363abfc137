import { FAULT_KINDS } from './fault-kinds.ts';
import type { RoundReport } from './random-round.ts';

const COLUMNS = ['kind', 'rounds', 'faults', 'records', 'lost', 'duplicated', 'changed', 'reordered'] as const;

/** A round gave what it had to. */
export function isExact({ isIdentical, idFaults, expected }: RoundReport): boolean {
  return isIdentical && idFaults === 0 && expected > 0;
}

/** One round as a line for a terminal. */
export function roundLine(round: number, report: RoundReport): string {
  const { kind, seed, faults, expected, got, lost, duplicated, changed, reordered } = report;
  const verdict = isExact(report)
    ? 'exact'
    : `NOT EXACT: lost ${lost}, duplicated ${duplicated}, changed ${changed}, reordered ${reordered}`;
  return `round ${round}  ${kind.padEnd(6)}  seed ${seed}  faults ${faults}  records ${got}/${expected}  ${verdict}`;
}

/** Sums by kind, and over all, as a table in Markdown. */
export function faultTable(reports: readonly RoundReport[]): string {
  const kinds = FAULT_KINDS.filter((kind) => reports.some((report) => report.kind === kind));
  const rows = kinds.map((kind) =>
    row(
      kind,
      reports.filter((report) => report.kind === kind),
    ),
  );
  const lines = [[...COLUMNS], COLUMNS.map((_, i) => (i === 0 ? '---' : '---:')), ...rows, row('all', reports)];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function row(kind: string, reports: readonly RoundReport[]): string[] {
  const sum = (of: (report: RoundReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
  const sums = [
    ...[reports.length, sum(({ faults }) => faults), sum(({ got }) => got), sum(({ lost }) => lost)],
    ...[sum(({ duplicated }) => duplicated), sum(({ changed }) => changed), sum(({ reordered }) => reordered)],
  ];
  return [kind, ...sums.map(String)];
}
