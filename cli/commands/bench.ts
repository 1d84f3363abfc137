import { Command } from 'commander';
import {
  COMPLEXITY_LENGTH_RANGE,
  ENCODER_SIZES,
  ENGINE_NAMES,
  type EncoderSize,
  type GrowthMeasurement,
  growthBench,
  runBackpressureBench,
  runComplexityBench,
  runEncoderBench,
  runKafkaBench,
  runNabBench,
} from '../../bench/index.ts';
import { ConfigError, type Range, requireOneOf } from '../../core/index.ts';
import { EXIT } from '../exit-codes.ts';

interface BenchOptions {
  readonly json?: boolean;
  readonly config?: string;
  readonly lengths?: string;
  readonly svg?: string;
  readonly data?: string;
  readonly streams?: string;
  readonly tokens?: string;
  readonly engines?: string;
  readonly quick?: boolean;
  readonly brokers?: string;
}

const BENCHES = ['encoder', 'complexity', 'backpressure', 'nab', 'kafka'] as const;
const ENCODER_LENGTH_RANGE: Range = { min: 1, max: 1e7 };
const ENCODER_STREAMS = '1,8,32,256';
const ENCODER_STREAM_RANGE: Range = { min: 1, max: 4096 };
const ENCODER_TOKENS = '1,4,8,16';
const ENCODER_TOKEN_RANGE: Range = { min: 1, max: 256 };
/** Options of the comparison of engines alone. */
const COMPARISON = ['streams', 'tokens', 'engines', 'quick'] as const;

/** `longwave bench [NAME]`: measurements that a user can repeat. */
export function benchCommand(): Command {
  return new Command('bench')
    .description(`measure: ${BENCHES.join(', ')}`)
    .argument('[name]', 'which measurement', 'encoder')
    .option('--json', 'one JSON object per measurement')
    .option('--config <A|B>', 'encoder: only this size')
    .option('--streams <n,n,…>', `encoder: streams per call (default ${ENCODER_STREAMS})`)
    .option('--tokens <n,n,…>', `encoder: tokens of each stream per call (default ${ENCODER_TOKENS})`)
    .option('--engines <name,…>', `encoder: only these of ${ENGINE_NAMES.join(', ')}`)
    .option('--quick', 'encoder: fewer and shorter slices; kafka: one round')
    .option('--brokers <host:port,…>', 'kafka: measure with these (default: a broker of its own)')
    .option(
      '--lengths <n,n,…>',
      'encoder: instead, the price at these lengths of one stream; complexity: sequence lengths (default 2^9 … 2^15)',
    )
    .option('--svg <file>', 'complexity: also draw a plot')
    .option('--data <dir>', 'nab: a checkout of the Numenta Anomaly Benchmark')
    .action(async (name: string, options: BenchOptions) => {
      const json = options.json === true;
      const bench = requireOneOf('name', name, BENCHES);
      if (bench !== 'complexity') requireNoPlot(options);
      if (bench !== 'kafka') requireNoBrokers(options);
      if (bench === 'kafka') requireNoComparison({ ...options, quick: undefined });
      else if (bench !== 'encoder' || options.lengths !== undefined) requireNoComparison(options);
      if (bench === 'encoder') await benchEncoder(options);
      else if (bench === 'complexity') benchComplexity(options);
      else if (bench === 'backpressure') await runBackpressureBench({ json });
      else if (bench === 'kafka') await benchKafka(options);
      else runNabBench({ dataDir: requireData(options), json }, (text) => void process.stdout.write(text));
    });
}

async function benchEncoder(options: BenchOptions): Promise<void> {
  const { config, lengths, json = false } = options;
  const configs = config === undefined ? ENCODER_SIZES : [requireOneOf('--config', config, ENCODER_SIZES)];
  if (lengths !== undefined) {
    benchGrowth(configs, readIntegers('--lengths', lengths, ENCODER_LENGTH_RANGE), json);
    return;
  }
  const lines = await runEncoderBench({
    configs,
    streams: readIntegers('--streams', options.streams ?? ENCODER_STREAMS, ENCODER_STREAM_RANGE),
    tokens: readIntegers('--tokens', options.tokens ?? ENCODER_TOKENS, ENCODER_TOKEN_RANGE),
    engines:
      options.engines === undefined
        ? ENGINE_NAMES
        : options.engines.split(',').map((name) => requireOneOf('--engines', name.trim(), ENGINE_NAMES)),
    quick: options.quick === true,
    json,
    write: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(`${text}\n`),
  });
  // An engine that does not compute the model makes its figures, and the targets beside them, worthless.
  if (lines.some((line) => 'fault' in line)) process.exitCode = EXIT.findings;
}

function benchGrowth(configs: readonly EncoderSize[], marks: readonly number[], json: boolean): void {
  for (const config of configs) {
    for (const measurement of growthBench({ config, marks })) {
      process.stdout.write(`${json ? JSON.stringify(measurement) : describe(measurement)}\n`);
    }
  }
}

function benchComplexity({ lengths, svg, json }: BenchOptions): void {
  runComplexityBench({
    json: json === true,
    ...(lengths === undefined ? {} : { lengths: readIntegers('--lengths', lengths, COMPLEXITY_LENGTH_RANGE) }),
    ...(svg === undefined ? {} : { svg }),
  });
}

async function benchKafka({ brokers, quick = false, json = false }: BenchOptions): Promise<void> {
  await runKafkaBench({
    ...(brokers === undefined ? {} : { brokers }),
    ...{ quick, json },
    write: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(`${text}\n`),
  });
}

function requireNoBrokers({ brokers }: BenchOptions): void {
  if (brokers === undefined) return;
  throw new ConfigError('CONFIG_INVALID', `Expected \`--brokers\` only with the bench kafka, got ${brokers}`);
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

function requireNoComparison(
  options: Pick<BenchOptions, 'streams' | 'tokens' | 'engines'> & { readonly quick?: boolean | undefined },
): void {
  const given = COMPARISON.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new ConfigError(
    'CONFIG_INVALID',
    `Expected \`--${given}\` only with the bench encoder without \`--lengths\`, got ${options[given]}`,
  );
}

function readIntegers(option: string, list: string, { min, max }: Range): number[] {
  const values = list.split(',').map((text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`${option}\` to be integers in ${min}..${max}, got ${JSON.stringify(text)}`,
    );
  });
  return [...new Set(values)];
}

function describe(m: GrowthMeasurement): string {
  const what =
    m.engine === 'reference' ? `after ${String(m.position).padStart(6)} tokens` : `whole window of ${m.position}`;
  return `${m.model} ${m.config}  ${m.engine.padEnd(9)}  ${what.padEnd(22)} ${m.usPerToken.toFixed(0).padStart(9)} µs per token`;
}
