import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { tolerateClosedPipe } from '../../connectors/index.ts';
import { ConfigError, LongwaveError, requireInteger } from '../../core/index.ts';
import { loadModel, type ReformerModel } from '../../models/index.ts';
import { runDuplicationBench } from './run-duplication-bench.ts';
import { untrainedModel } from './untrained-model.ts';

tolerateClosedPipe();

/** `npm run bench:duplication -- [options]`. Exit codes: 0 done, 2 wrong use, 3 a model that cannot be read. */
const USAGE = `Usage: bench:duplication [--model PATH] [--length N] [--sequences N] [--seed N] [--json]
  --model      a causal Reformer with a language head, a model file or directory; default a small untrained one
  --length     ids of a sequence, even; default 256
  --sequences  default 16
  --seed       of the sequences, and of the untrained model; default 1
`;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { path, ...options } = readOptions();
    const model = path === undefined ? untrained(options) : await load(path);
    runDuplicationBench({ ...options, ...model, write: (text) => void process.stdout.write(text) });
    return 0;
  } catch (error) {
    if (!(error instanceof LongwaveError)) throw error;
    const isUse = error.code === 'CONFIG_INVALID';
    process.stderr.write(`bench:duplication: ${error.message} [${error.code}]\n${isUse ? USAGE : ''}`);
    return isUse ? 2 : 3;
  }
}

interface Options {
  readonly path: string | undefined;
  readonly length: number;
  readonly sequences: number;
  readonly seed: number;
  readonly json: boolean;
}

function untrained({ length, seed }: Omit<Options, 'path'>): { readonly model: ReformerModel; readonly name: string } {
  requireInteger('length', length, { min: 16, max: 65_536 });
  requireInteger('seed', seed, { min: 0, max: 2 ** 32 - 2 });
  return { model: untrainedModel(length, seed), name: 'untrained' };
}

async function load(path: string): Promise<{ readonly model: ReformerModel; readonly name: string }> {
  const model = await loadModel(path);
  const { encoder } = model;
  if (encoder.family === 'reformer') return { model: { ...model, encoder }, name: basename(path) };
  throw new ConfigError('CONFIG_INVALID', `Expected \`--model\` to be a Reformer, got a ${encoder.family}`);
}

function readOptions(): Options {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      options: {
        model: text,
        length: { ...text, default: '256' },
        sequences: { ...text, default: '16' },
        seed: { ...text, default: '1' },
        json: { type: 'boolean', default: false },
      },
    });
    const number = (given: string): number => (given.trim() === '' ? Number.NaN : Number(given));
    const { length, sequences, seed } = values;
    return {
      path: values.model,
      length: number(length),
      sequences: number(sequences),
      seed: number(seed),
      json: values.json,
    };
  } catch (cause) {
    throw new ConfigError('CONFIG_INVALID', (cause as Error).message, { cause });
  }
}
