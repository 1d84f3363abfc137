import { parseArgs } from 'node:util';
import { tolerateClosedPipe } from '../../connectors/index.ts';
import { ConfigError, LongwaveError } from '../../core/index.ts';
import { describeSoak, describeStreamsSoak } from './report.ts';
import { runSoak } from './run-soak.ts';
import { SOAK_MODELS } from './soak-case.ts';
import { runStreamsSoak } from './streams-soak.ts';

tolerateClosedPipe();

/** `npm run soak -- [--tokens N] [--json]`. Exit codes: 0 passed, 1 memory grew or outputs differ, 2 wrong use. */
const USAGE = 'Usage: soak [--tokens N] [--json]\n';

process.exitCode = main();

function main(): number {
  try {
    const { tokens, json } = readOptions();
    let passed = true;
    for (const model of SOAK_MODELS) {
      const result = runSoak({ model, tokens });
      process.stdout.write(json ? `${JSON.stringify(result)}\n` : describeSoak(result));
      passed &&= result.passed;
    }
    const streams = runStreamsSoak({ tokens });
    process.stdout.write(json ? `${JSON.stringify(streams)}\n` : describeStreamsSoak(streams));
    return passed && streams.passed ? 0 : 1;
  } catch (error) {
    if (!(error instanceof LongwaveError)) throw error;
    process.stderr.write(`soak: ${error.message} [${error.code}]\n${USAGE}`);
    return error instanceof ConfigError ? 2 : 1;
  }
}

function readOptions(): { readonly tokens: number; readonly json: boolean } {
  try {
    const { values } = parseArgs({
      options: { tokens: { type: 'string', default: '1000000' }, json: { type: 'boolean', default: false } },
    });
    return { tokens: values.tokens.trim() === '' ? Number.NaN : Number(values.tokens), json: values.json };
  } catch (cause) {
    throw new ConfigError('CONFIG_INVALID', (cause as Error).message, { cause });
  }
}
