import { Command } from 'commander';
import { type EncoderMeasurement, encoderBench, runBackpressureBench, runNabBench } from '../../bench/index.ts';
import { ConfigError, requireOneOf } from '../../core/index.ts';

interface BenchOptions {
  readonly json?: boolean;
  readonly config?: string;
  readonly lengths: string;
  readonly data?: string;
}

const BENCHES = ['encoder', 'backpressure', 'nab'] as const;

/** `longwave bench [NAME]`: measurements that a user can repeat. */
export function benchCommand(): Command {
  return new Command('bench')
    .description(`measure: ${BENCHES.join(', ')}`)
    .argument('[name]', 'which measurement', 'encoder')
    .option('--json', 'one JSON object per measurement')
    .option('--config <A|B>', 'encoder: only this size')
    .option('--lengths <n,n,…>', 'encoder: stream lengths to measure at', '1000,10000,100000')
    .option('--data <dir>', 'nab: a checkout of the Numenta Anomaly Benchmark')
    .action(async (name: string, options: BenchOptions) => {
      const json = options.json === true;
      const bench = requireOneOf('name', name, BENCHES);
      if (bench === 'encoder') benchEncoder(options);
      else if (bench === 'backpressure') await runBackpressureBench({ json });
      else runNabBench({ dataDir: requireData(options), json }, (text) => void process.stdout.write(text));
    });
}

function benchEncoder(options: BenchOptions): void {
  const { config, lengths, json } = options;
  const configs = config === undefined ? (['A', 'B'] as const) : [requireOneOf('--config', config, ['A', 'B'])];
  const marks = lengths.split(',').map((text) => readLength(text));
  for (const one of configs) {
    for (const measurement of encoderBench({ config: one, marks })) {
      process.stdout.write(`${json === true ? JSON.stringify(measurement) : describe(measurement)}\n`);
    }
  }
}

function requireData({ data }: BenchOptions): string {
  const folder = data ?? process.env.LONGWAVE_NAB;
  if (folder !== undefined) return folder;
  throw new ConfigError(
    'CONFIG_INVALID',
    'Expected `--data` or LONGWAVE_NAB to name a checkout of the Numenta Anomaly Benchmark, got neither',
  );
}

function readLength(text: string): number {
  const length = Number(text);
  if (Number.isInteger(length) && length >= 1 && length <= 1e7) return length;
  throw new ConfigError(
    'CONFIG_INVALID',
    `Expected \`--lengths\` to be integers in 1..10000000, got ${JSON.stringify(text)}`,
  );
}

function describe(m: EncoderMeasurement): string {
  const what =
    m.engine === 'reference' ? `after ${String(m.position).padStart(6)} tokens` : `whole window of ${m.position}`;
  return `${m.model} ${m.config}  ${m.engine.padEnd(9)}  ${what.padEnd(22)} ${m.usPerToken.toFixed(0).padStart(9)} µs per token`;
}
