import type { StreamEncoder } from '../../core/index.ts';
import { type NabMeasurement, nabBench } from './nab-bench.ts';

/** What to run and how to print it. */
export interface NabBenchOptions {
  /** A folder laid out as the benchmark's repository: `data/`, `labels/combined_windows.json`, and `results/` if stored scores are wanted. */
  readonly dataDir: string;
  /** One JSON object a line instead of a table. */
  readonly json: boolean;
  /** Encoder of the `encoder features` row; default an untrained Longformer. Must be causal and take one channel. */
  readonly encoder?: StreamEncoder;
}

const NAME_WIDTH = 44;
const HEADER = `${'detector'.padEnd(NAME_WIDTH)} standard  low FP  low FN   l-o-g-o    at 0.5  windows  false rows`;

const CRITICISM = `
standard, low FP, low FN: the benchmark's three profiles, each with its threshold fitted on the labels. l-o-g-o: standard,
with the threshold of each group fitted on the other groups only. at 0.5: standard, at our fixed threshold.

Read these figures with care. The benchmark fits its threshold on the labels, its windows are wide, and some of its labels
are contested (Wu and Keogh, arXiv 2009.13807). The sparse-alarm rule alone lifts random scores, and the distance from a
median behind the same tail and rule comes far, so much of any figure here is level changes plus rare alarms. Our
constants were chosen on these very series: expect less on others, and no parity with any detector is claimed from them.`;

/**
 * Runs the benchmark and prints a row for each detector as it is measured, then how to read them.
 * @param write takes the text
 * @returns the measurements
 * @throws InputError `INPUT_UNREADABLE`
 */
export function runNabBench(options: NabBenchOptions, write: (text: string) => void): readonly NabMeasurement[] {
  const measured: NabMeasurement[] = [];
  if (!options.json) write(`${HEADER}\n`);
  for (const measurement of nabBench(options.dataDir, options.encoder)) {
    measured.push(measurement);
    write(`${options.json ? JSON.stringify(measurement) : describe(measurement)}\n`);
  }
  if (!options.json) write(`${CRITICISM}\n`);
  return measured;
}

function describe({ detector, published, fixed, leaveOneGroupOut, ...figures }: NabMeasurement): string {
  const number = (value: number, width: number): string => value.toFixed(2).padStart(width);
  const row = ({ standard, rewardLowFp, rewardLowFn }: typeof figures | NonNullable<typeof published>): string =>
    `${number(standard, 8)}${number(rewardLowFp, 8)}${number(rewardLowFn, 8)}`;
  const atFixed =
    fixed === undefined
      ? ''
      : `${number(fixed.score, 10)}  ${`${fixed.windowsHit}/${fixed.windows}`.padStart(7)}  ${String(fixed.falsePositiveRows).padStart(10)}`;
  const ours = `${detector.padEnd(NAME_WIDTH)} ${row(figures)}${number(leaveOneGroupOut, 10)}${atFixed}`;
  return published === undefined ? ours : `${ours}\n${'  as published'.padEnd(NAME_WIDTH)} ${row(published)}`;
}
