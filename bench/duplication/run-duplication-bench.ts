import { type DuplicationBenchOptions, type DuplicationMeasurement, duplicationBench } from './duplication-bench.ts';

/** What to evaluate and how to show it. */
export interface RunDuplicationOptions extends DuplicationBenchOptions {
  /** One JSON object a line instead of a table. */
  readonly json: boolean;
  /** Takes the results. */
  readonly write: (text: string) => void;
}

const HEADER = 'attention       rounds  accuracy  predictions';

/**
 * Evaluates a model on the duplication task and prints each accuracy as it is measured.
 * @returns the measurements
 * @throws ConfigError `CONFIG_INVALID`
 */
export function runDuplicationBench(options: RunDuplicationOptions): readonly DuplicationMeasurement[] {
  const { json, write, name, length, sequences } = options;
  const measured: DuplicationMeasurement[] = [];
  for (const measurement of duplicationBench(options)) {
    if (!json && measured.length === 0) {
      const chance = (100 * measurement.chance).toFixed(1);
      write(`${name}: 0w0w of ${length} ids, ${sequences} sequences; guessing gets ${chance} %\n${HEADER}\n`);
    }
    measured.push(measurement);
    write(`${json ? JSON.stringify(measurement) : describe(measurement)}\n`);
  }
  return measured;
}

function describe({ attention, rounds, drawn, accuracy, predictions }: DuplicationMeasurement): string {
  const percent = `${(100 * accuracy).toFixed(1)} %`;
  const start = `${attention.padEnd(14)}  ${String(rounds ?? '').padStart(6)}  ${percent.padStart(8)}`;
  return `${start}  ${String(predictions).padStart(11)}${drawn === undefined ? '' : `  (${drawn} rounds drawn anew)`}`;
}
