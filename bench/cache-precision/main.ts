import { parseArgs } from 'node:util';
import { tolerateClosedPipe } from '../../connectors/index.ts';
import { LongwaveError, requireInteger, requireOneOf } from '../../core/index.ts';
import type { SliceOptions } from '../encoder/slices.ts';
import { encodingErrors } from './encoding-error.ts';
import type { Measurement } from './measurement.ts';
import { prices } from './price.ts';
import { describeLine, ERROR_HEAD, PRICE_HEAD } from './report.ts';
import { SUBJECTS, type Subject, subjectOf } from './subjects.ts';

tolerateClosedPipe();

/** `npm run bench:cache-precision -- [options]`. Exit codes: 0 done, 2 wrong use. */
const USAGE = `Usage: bench:cache-precision [--models A,B,reformer] [--tokens N] [--streams N,…] [--quick] [--json]
  --models   default all
  --tokens   tokens whose encodings are compared; default 4096
  --streams  streams of a call, one token each; default 1,32
  --quick    shorter slices
`;

const FULL: SliceOptions = { sliceMs: 40, rounds: 11, budgetMs: 6000 };
const QUICK: SliceOptions = { sliceMs: 15, rounds: 5, budgetMs: 1500 };

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { subjects, tokens, streams, slices, json } = readOptions();
    const write = (line: Measurement): void =>
      void process.stdout.write(`${json ? JSON.stringify(line) : describeLine(line)}\n`);
    if (!json) process.stdout.write(`${ERROR_HEAD}\n`);
    for (const subject of subjects) encodingErrors(subject, tokens).forEach(write);
    if (!json) process.stdout.write(`\n${PRICE_HEAD}\n`);
    for (const subject of subjects) {
      for (const count of streams) (await prices(subject, count, slices)).forEach(write);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof LongwaveError) && !(error instanceof TypeError)) throw error;
    process.stderr.write(`bench:cache-precision: ${error.message}\n${USAGE}`);
    return 2;
  }
}

interface Options {
  readonly subjects: readonly Subject[];
  readonly tokens: number;
  readonly streams: readonly number[];
  readonly slices: SliceOptions;
  readonly json: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      models: { type: 'string', default: SUBJECTS.join(',') },
      tokens: { type: 'string', default: '4096' },
      streams: { type: 'string', default: '1,32' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const parts = (text: string): string[] => text.split(',').map((part) => part.trim());
  return {
    subjects: parts(values.models).map((name) => subjectOf(requireOneOf('--models', name, SUBJECTS))),
    tokens: requireInteger('--tokens', Number(values.tokens), { min: 1, max: 1e6 }),
    streams: parts(values.streams).map((n) => requireInteger('--streams', Number(n), { min: 1, max: 1024 })),
    slices: values.quick ? QUICK : FULL,
    json: values.json,
  };
}
