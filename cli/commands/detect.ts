import { Command } from 'commander';
import { ndjsonSink } from '../../connectors/index.ts';
import { ConfigError } from '../../core/index.ts';
import {
  type AnomalySpec,
  findingToJson,
  ModelPool,
  type ModelSpec,
  openInput,
  runStream,
  StreamTask,
  terminalOutput,
} from '../../pipeline/index.ts';
import { EXIT } from '../exit-codes.ts';
import { type ColumnOptions, inputOf } from '../input-option.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { noteIgnored } from '../note-ignored.ts';
import { readNumber } from '../read-number.ts';

interface DetectOptions extends ColumnOptions {
  readonly json?: boolean;
  readonly probation?: string;
  readonly tokenRows?: string;
  readonly rowsPerDay?: string;
  readonly threshold?: string;
  readonly failOnAnomaly?: boolean;
}

/** `longwave detect FILE`: judges every row of a series. */
export function detectCommand(): Command {
  return new Command('detect')
    .description('judge every row of a CSV: one line per row with value, expected value and score')
    .argument('<file>', 'FILE.csv, or - for standard input')
    .option('--time <column>', 'time column')
    .option('--value <column...>', 'value columns; default every numeric column')
    .option('--json', 'NDJSON (the default unless standard output is a terminal)')
    .option('--probation <rows>', 'rows in which the detector only learns')
    .option('--token-rows <rows>', 'rows per token; default from the probation')
    .option('--rows-per-day <rows>', 'for a steady rate: use the time of day and week (288: a row every 5 minutes)')
    .option('--threshold <score>', 'score from which a row is an anomaly, 0..1', '0.5')
    .option('--fail-on-anomaly', 'exit 1 when an anomaly was found')
    .action(async (file: string, options: DetectOptions) => {
      const head = headOptions(options);
      const interrupt = listenForInterrupt();
      const choice = await inputOf(file, options, interrupt.signal);
      if (choice.format === 'wav') {
        throw new ConfigError(
          'CONFIG_INVALID',
          `Expected \`file\` to be a CSV, got the WAV ${file}; \`longwave encode\` takes those`,
        );
      }
      const input = await openInput(choice, interrupt.signal);
      const { source, columns, ignored } = input;
      noteIgnored(ignored);
      const spec: ModelSpec = { kind: 'anomaly', head: { channels: columns.length, ...head } };
      const pool = new ModelPool({ workers: 1 });
      const json = options.json === true || !process.stdout.isTTY;
      const sink = json
        ? ndjsonSink({ stream: process.stdout, name: 'standard output' }, findingToJson)
        : terminalOutput(process.stdout);
      let anomalies = 0;
      try {
        const task = new StreamTask(pool, { spec, streamId: file, columns });
        anomalies = (await runStream({ source, task, sink, signal: interrupt.signal })).anomalies;
      } finally {
        await sink.close();
        await pool.close();
        await input.close();
      }
      if (interrupt.received !== undefined)
        process.exitCode = interrupt.received === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
      else if (options.failOnAnomaly === true && anomalies > 0) process.exitCode = EXIT.findings;
    });
}

function headOptions(options: DetectOptions): Omit<AnomalySpec, 'channels'> {
  return {
    ...(options.probation === undefined ? {} : { probationRows: readNumber('--probation', options.probation) }),
    ...(options.tokenRows === undefined ? {} : { tokenRows: readNumber('--token-rows', options.tokenRows) }),
    ...(options.rowsPerDay === undefined ? {} : { rowsPerDay: readNumber('--rows-per-day', options.rowsPerDay) }),
    ...(options.threshold === undefined ? {} : { threshold: readNumber('--threshold', options.threshold) }),
  };
}
