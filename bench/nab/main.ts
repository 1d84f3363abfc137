import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tolerateClosedPipe } from '../../connectors/index.ts';
import { LongwaveError } from '../../core/index.ts';
import { runNabBench } from './run-nab-bench.ts';

tolerateClosedPipe();

/** `npm run bench:nab -- [--data DIR] [--json]`. Exit codes: 0 done or skipped, 2 wrong use, 3 unreadable data. */
const DEFAULT_FOLDER = fileURLToPath(new URL('../../../../shared/data/nab', import.meta.url));

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof LongwaveError)) throw error;
  process.stderr.write(`bench:nab: ${error.message} [${error.code}]\n`);
  process.exitCode = 3;
}

function main(): number {
  const options = readOptions();
  if (options === undefined) return 2;
  const dataDir = options.data ?? process.env.LONGWAVE_NAB ?? DEFAULT_FOLDER;
  if (existsSync(dataDir)) {
    runNabBench({ dataDir, json: options.json }, (text) => void process.stdout.write(text));
    return 0;
  }
  if (options.data !== undefined) {
    process.stderr.write(`bench:nab: Expected \`--data\` to be a folder with the benchmark, got ${dataDir}\n`);
    return 2;
  }
  process.stderr.write(
    `bench:nab: skipped, no series at ${dataDir}; name a checkout of the Numenta Anomaly Benchmark with --data DIR or LONGWAVE_NAB\n`,
  );
  return 0;
}

function readOptions(): { readonly data?: string; readonly json: boolean } | undefined {
  try {
    return parseArgs({ options: { data: { type: 'string' }, json: { type: 'boolean', default: false } } }).values;
  } catch (error) {
    process.stderr.write(`bench:nab: ${(error as Error).message}\nUsage: bench:nab [--data DIR] [--json]\n`);
    return undefined;
  }
}
