import { Command } from 'commander';
import {
  COMPLEXITY_LENGTH_RANGE,
  type EncoderMeasurement,
  encoderBench,
  runBackpressureBench,
  runComplexityBench,
  runNabBench,
} from '../../bench/index.ts';
import { ConfigError, type Range, requireOneOf } from '../../core/index.ts';

interface BenchOptions {
  readonly json?: boolean;
  readonly config?: string;
  readonly lengths?: string;
  readonly svg?: string;
  readonly data?: string;
}

const BENCHES = ['encoder', 'complexity', 'backpressure', 'nab'] as const;
const ENCODER_LENGTHS = '1000,10000,100000';
const ENCODER_LENGTH_RANGE: Range = { min: 1, max: 1e7 };

/** `longwave bench [NAME]`: measurements that a user can repeat. */
export function benchCommand(): Command {
  return new Command('bench')
    .description(`measure: ${BENCHES.join(', ')}`)
    .argument('[name]', 'which measurement', 'encoder')
    .option('--json', 'one JSON object per measurement')
    .option('--config <A|B>', 'encoder: only this size')
    .option(
      '--lengths <n,n,…>',
      `encoder: stream lengths to measure at (default ${ENCODER_LENGTHS}); complexity: sequence lengths (default 2^9 … 2^15)`,
    )
    .option('--svg <file>', 'complexity: also draw a plot')
    .option('--data <dir>', 'nab: a checkout of the Numenta Anomaly Benchmark')
    .action(async (name: string, options: BenchOptions) => {
      const json = options.json === true;
      const bench = requireOneOf('name', name, BENCHES);
      if (bench !== 'complexity') requireNoPlot(options);
      if (bench === 'encoder') benchEncoder(options);
      else if (bench === 'complexity') benchComplexity(options);
      else if (bench === 'backpressure') await runBackpressureBench({ json });
      else runNabBench({ dataDir: requireData(options), json }, (text) => void process.stdout.write(text));
    });
}

function benchEncoder(options: BenchOptions): void {
  const { config, lengths, json } = options;
  const configs = config === undefined ? (['A', 'B'] as const) : [requireOneOf('--config', config, ['A', 'B'])];
  const marks = readLengths(lengths ?? ENCODER_LENGTHS, ENCODER_LENGTH_RANGE);
  for (const one of configs) {
    for (const measurement of encoderBench({ config: one, marks })) {
      process.stdout.write(`${json === true ? JSON.stringify(measurement) : describe(measurement)}\n`);
    }
  }
}

function benchComplexity({ lengths, svg, json }: BenchOptions): void {
  runComplexityBench({
    json: json === true,
    ...(lengths === undefined ? {} : { lengths: readLengths(lengths, COMPLEXITY_LENGTH_RANGE) }),
    ...(svg === undefined ? {} : { svg }),
  });
}

function requireNoPlot({ svg }: BenchOptions): void {
  if (svg === undefined) return;
  throw new ConfigError('CONFIG_INVALID', `Expected \`--svg\` only with the bench complexity, got ${svg}`);
}

function requireData({ data }: BenchOptions): string {
  const folder = data ?? process.env.LONGWAVE_NAB;
  if (folder !== undefined) return folder;
  throw new ConfigError(
    'CONFIG_INVALID',
    'Expected `--data` or LONGWAVE_NAB to name a checkout of the Numenta Anomaly Benchmark, got neither',
  );
}

function readLengths(list: string, { min, max }: Range): number[] {
  return list.split(',').map((text) => {
    const length = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isInteger(length) && length >= min && length <= max) return length;
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`--lengths\` to be integers in ${min}..${max}, got ${JSON.stringify(text)}`,
    );
  });
}

function describe(m: EncoderMeasurement): string {
  const what =
    m.engine === 'reference' ? `after ${String(m.position).padStart(6)} tokens` : `whole window of ${m.position}`;
  return `${m.model} ${m.config}  ${m.engine.padEnd(9)}  ${what.padEnd(22)} ${m.usPerToken.toFixed(0).padStart(9)} µs per token`;
}
