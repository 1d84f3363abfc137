import { Command } from 'commander';
import { type EncoderMeasurement, encoderBench } from '../../bench/index.ts';
import { ConfigError, requireOneOf } from '../../core/index.ts';

const BENCHES = ['encoder'] as const;

/** `longwave bench [NAME]`: measurements that a user can repeat. */
export function benchCommand(): Command {
  return new Command('bench')
    .description(`measure: ${BENCHES.join(', ')}`)
    .argument('[name]', 'which measurement', 'encoder')
    .option('--json', 'one JSON object per measurement')
    .option('--config <A|B>', 'only this size')
    .option('--lengths <n,n,…>', 'stream lengths to measure at', '1000,10000,100000')
    .action((name: string, options: { json?: boolean; config?: string; lengths: string }) => {
      requireOneOf('name', name, BENCHES);
      const configs =
        options.config === undefined ? (['A', 'B'] as const) : [requireOneOf('--config', options.config, ['A', 'B'])];
      const marks = options.lengths.split(',').map((text) => readLength(text));
      for (const config of configs) {
        for (const measurement of encoderBench({ config, marks })) {
          process.stdout.write(`${options.json === true ? JSON.stringify(measurement) : describe(measurement)}\n`);
        }
      }
    });
}

function readLength(text: string): number {
  const length = Number(text);
  if (!Number.isInteger(length) || length < 1 || length > 1e7) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`--lengths\` to be integers in 1..10000000, got ${JSON.stringify(text)}`,
    );
  }
  return length;
}

function describe(m: EncoderMeasurement): string {
  const what =
    m.engine === 'reference' ? `after ${String(m.position).padStart(6)} tokens` : `whole window of ${m.position}`;
  return `${m.model} ${m.config}  ${m.engine.padEnd(9)}  ${what.padEnd(22)} ${m.usPerToken.toFixed(0).padStart(9)} µs per token`;
}
