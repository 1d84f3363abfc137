import { LongwaveError } from '../../core/index.ts';
import type { EngineOptions } from '../../models/index.ts';
import type { CaseResults } from './case-results.ts';
import { type Comparison, compareRows } from './compare.ts';
import { runLongformer } from './longformer-parity.ts';
import { type CasePlace, type CompareRow, findCases, type ParityCase, readCase } from './parity-case.ts';
import { runReformer } from './reformer-parity.ts';

/** What the streams of a run are computed with. */
export type ParityOptions = Pick<EngineOptions, 'engine'>;

/** How a directory of cases fared. */
export interface ParityCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What a case came to. */
interface CaseOutcome {
  readonly verdict: 'passed' | 'failed' | 'skipped';
  readonly text: string;
}

const FAMILIES: Readonly<Record<string, (parity: ParityCase) => CaseResults>> = {
  longformer: runLongformer,
  reformer: runReformer,
};

/** Results that only an encoder that is open to training has. */
const TRAINING = 'grad.';

/**
 * Runs every case of a directory and prints one line for each: the largest difference, the difference of float32 from
 * float64 that was measured for the same result, and the limit. Ends with the counts.
 */
export async function runParity(
  directory: string,
  print: (line: string) => void,
  options: ParityOptions = {},
): Promise<ParityCounts> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const place of findCases(directory)) {
    const { verdict, text } = await runCase(place, options);
    counts[verdict] += 1;
    print(`${{ passed: '✓', failed: '✗', skipped: '-' }[verdict]} ${place.name}: ${text}`);
  }
  if (counts.passed + counts.failed + counts.skipped === 0) {
    print(`✗ no cases in ${directory}`);
    counts.failed += 1;
  }
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  print(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
  return counts;
}

async function runCase(place: CasePlace, options: ParityOptions): Promise<CaseOutcome> {
  try {
    const parity = { ...(await readCase(place)), ...options };
    const run = Object.hasOwn(FAMILIES, parity.family) ? FAMILIES[parity.family] : undefined;
    if (run === undefined) return { verdict: 'failed', text: `family ${parity.family} has no encoder here` };
    return judge(parity, run(parity));
  } catch (error) {
    if (error instanceof LongwaveError) return { verdict: 'failed', text: `${error.message} [${error.code}]` };
    // A case that lacks what its kind has; the others go on.
    return { verdict: 'failed', text: `cannot be run: ${error}` };
  }
}

function judge(parity: ParityCase, results: CaseResults): CaseOutcome {
  const rows = parity.rows.filter(({ result }) => !result.startsWith(TRAINING));
  if (rows.length === 0) return { verdict: 'failed', text: 'nothing to compare but gradients' };
  const offline = compareRows(parity, rows, results.offline);
  const streamed = (results.streamed ?? []).flatMap((given) => compareRows(parity, finalRows(rows, given), given));
  const over = [...offline, ...streamed].filter(({ difference, limit }) => !(difference <= limit));
  const gradients = parity.rows.length - rows.length;
  const parts = [
    `${results.name ?? 'offline'} ${describe(offline)}`,
    streamed.length > 0 ? `streamed ${describe(streamed)}` : `no stream: ${results.noStream}`,
    ...(gradients > 0 ? [`${gradients} gradients not compared`] : []),
    ...over.map((row) => `OVER ${row.result}: ${short(row.difference)} > ${short(row.limit)}`),
  ];
  return { verdict: over.length === 0 ? 'passed' : 'failed', text: parts.join('; ') };
}

/** Rows that a stream gives: what leaves the encoder or its head. */
function finalRows(rows: readonly CompareRow[], given: ReadonlyMap<string, Float64Array>): CompareRow[] {
  return rows.filter(({ result }) => given.has(result));
}

/** The row that is nearest to its limit. */
function describe(comparisons: readonly Comparison[]): string {
  const nearest = comparisons.reduce((a, b) => (share(b) > share(a) ? b : a));
  return `${short(nearest.difference)} in ${nearest.result} (float32 to float64 ${short(nearest.measured)}, limit ${short(nearest.limit)})`;
}

function share({ difference, limit }: Comparison): number {
  return difference === 0 ? 0 : difference / limit;
}

function short(value: number): string {
  return value.toExponential(1);
}
