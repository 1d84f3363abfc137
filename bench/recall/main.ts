import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tolerateClosedPipe } from '../../connectors/index.ts';
import { ConfigError, LongwaveError } from '../../core/index.ts';
import { runRecallBench } from './run-recall-bench.ts';

tolerateClosedPipe();

/** `npm run bench:recall -- [options]`. Exit codes: 0 done, 2 wrong use, 3 unreadable data. */
const USAGE = `Usage: bench:recall [--audio PATH]… [--sensors FILE]… [--clustered N] [--tokens N] [--unscaled]
                    [--step N] [--seed N] [--json]
  --audio      a WAV file, or a folder of them as one stream; default LONGWAVE_AUDIO, or the recording of \`npm start\`
  --sensors    a CSV file; default LONGWAVE_SENSORS, or the series in examples/data
  --clustered  tokens of made-up clusters, 0 for none; default 1024
  --tokens     most tokens of a recording; default 4096
  --unscaled   leave the channels of recordings as they are
  --step       distance of two queries in tokens; default 5
  --seed       of weights and rotations; default 1
`;
const RECORDING = join(dirname(createRequire(import.meta.url).resolve('node-wav/package.json')), 'file.wav');
const SERIES = fileURLToPath(new URL('../../../examples/data/rds_cpu_utilization_cc0c53.csv', import.meta.url));

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    await runRecallBench({
      ...readOptions(),
      write: (text) => void process.stdout.write(text),
      note: (text) => void process.stderr.write(`bench:recall: ${text}\n`),
    });
    return 0;
  } catch (error) {
    if (!(error instanceof LongwaveError)) throw error;
    const isUse = error instanceof ConfigError;
    process.stderr.write(`bench:recall: ${error.message} [${error.code}]\n${isUse ? USAGE : ''}`);
    return isUse ? 2 : 3;
  }
}

function readOptions(): Omit<Parameters<typeof runRecallBench>[0], 'write' | 'note'> {
  const text = { type: 'string' } as const;
  const list = { type: 'string', multiple: true } as const;
  try {
    const { values } = parseArgs({
      options: {
        audio: list,
        sensors: list,
        clustered: { ...text, default: '1024' },
        tokens: { ...text, default: '4096' },
        unscaled: { type: 'boolean', default: false },
        step: { ...text, default: '5' },
        seed: { ...text, default: '1' },
        json: { type: 'boolean', default: false },
      },
    });
    return {
      audio: values.audio ?? listed('LONGWAVE_AUDIO') ?? [RECORDING],
      sensors: values.sensors ?? listed('LONGWAVE_SENSORS') ?? [SERIES],
      clustered: number(values.clustered),
      tokens: number(values.tokens),
      scaled: !values.unscaled,
      queryStep: number(values.step),
      seed: number(values.seed),
      json: values.json,
    };
  } catch (cause) {
    throw new ConfigError('CONFIG_INVALID', (cause as Error).message, { cause });
  }
}

function number(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** The paths in an environment variable, if it is set. */
function listed(variable: string): string[] | undefined {
  return process.env[variable]?.split(delimiter).filter((path) => path !== '');
}
