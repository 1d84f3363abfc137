import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConnectorError } from '../../core/index.ts';
import { type ComplexityBenchOptions, complexityBench } from './complexity-bench.ts';
import { fitExponents } from './fit.ts';
import type { ComplexityLine, ComplexityMeasurement } from './measurement.ts';
import { complexityPlot } from './plot/complexity-plot.ts';
import { describeLine, describeRatios, TABLE_HEAD } from './report.ts';

/** What to measure and how to show it. */
export interface RunComplexityOptions extends ComplexityBenchOptions {
  /** One JSON object a line instead of a table. */
  readonly json: boolean;
  /** A file for the plot, in a folder that exists; a file of that name is replaced. */
  readonly svg?: string;
  /** Takes the text. Default standard output. */
  readonly write?: (text: string) => void;
}

/**
 * Runs the bench and prints each figure as it is measured, then the exponents and, in the table, the ratios.
 * @returns everything that was printed
 * @throws ConfigError `CONFIG_INVALID`; ConnectorError `SINK_FAILED` when the plot cannot be written
 */
export function runComplexityBench(options: RunComplexityOptions): readonly ComplexityLine[] {
  const { json, svg } = options;
  const write = options.write ?? ((text) => void process.stdout.write(text));
  const print = (line: ComplexityLine): void => write(`${json ? JSON.stringify(line) : describeLine(line)}\n`);
  if (svg !== undefined) writing(svg, () => accessSync(dirname(svg), constants.W_OK));
  const lines: ComplexityLine[] = [];
  for (const line of complexityBench(options)) {
    if (!json && lines.length === 0) write(`${TABLE_HEAD}\n`);
    print(line);
    lines.push(line);
  }
  const measured = lines.filter((line): line is ComplexityMeasurement => 'ms' in line);
  const fits = fitExponents(measured);
  if (!json) write('\n');
  fits.forEach(print);
  if (!json) write(`\n${describeRatios(measured).join('\n')}\n`);
  if (svg !== undefined) writing(svg, () => writeFileSync(svg, complexityPlot(measured, fits)));
  return [...lines, ...fits];
}

function writing(path: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    const { message } = cause as Error;
    throw new ConnectorError('SINK_FAILED', `Expected to write the plot to ${path}, got: ${message}`, { cause });
  }
}
