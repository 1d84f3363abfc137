import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tolerateClosedPipe } from '../../connectors/index.ts';
import { requireOneOf } from '../../core/index.ts';
import { ENGINES, type EngineName } from '../../models/index.ts';
import { runParity } from './run-parity.ts';

tolerateClosedPipe();

/** `npm run parity -- [DIR] [--engine wasm|reference]`. Exit codes: 0 all agree, 1 a case does not, 2 wrong use. */
const USAGE = 'Usage: parity [DIR] [--engine wasm|reference]\n';
const COLLECTION = fileURLToPath(new URL('../../../../shared/fixtures/hf', import.meta.url));
const SMALL = fileURLToPath(new URL('../../../test/fixtures/hf', import.meta.url));

process.exitCode = await main();

async function main(): Promise<number> {
  const args = readArguments();
  if (args === undefined) return 2;
  const { directory, engine } = args;
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    process.stderr.write(`parity: Expected a directory of cases, got ${directory}\n${USAGE}`);
    return 2;
  }
  const { failed } = await runParity(directory, (line) => void process.stdout.write(`${line}\n`), { engine });
  return failed > 0 ? 1 : 0;
}

/** The directory that was named, or the large collection where there is one, or the small one in the repository. */
function readArguments(): { readonly directory: string; readonly engine: EngineName } | undefined {
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options: { engine: { type: 'string' } } });
    const engine = requireOneOf('--engine', values.engine ?? 'wasm', ENGINES);
    if (positionals.length > 1) throw new Error('expected one directory');
    const [directory = process.env.LONGWAVE_PARITY] = positionals;
    return { directory: directory ?? (existsSync(COLLECTION) ? COLLECTION : SMALL), engine };
  } catch (error) {
    process.stderr.write(`parity: ${(error as Error).message}\n${USAGE}`);
    return undefined;
  }
}
