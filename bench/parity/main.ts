import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tolerateClosedPipe } from '../../connectors/index.ts';
import { runParity } from './run-parity.ts';

tolerateClosedPipe();

/** `npm run parity -- [DIR]`. Exit codes: 0 all agree, 1 a case does not, 2 wrong use. */
const USAGE = 'Usage: parity [DIR]\n';
const COLLECTION = fileURLToPath(new URL('../../../../shared/fixtures/hf', import.meta.url));
const SMALL = fileURLToPath(new URL('../../../test/fixtures/hf', import.meta.url));

process.exitCode = await main();

async function main(): Promise<number> {
  const directory = readDirectory();
  if (directory === undefined) return 2;
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    process.stderr.write(`parity: Expected a directory of cases, got ${directory}\n${USAGE}`);
    return 2;
  }
  const { failed } = await runParity(directory, (line) => void process.stdout.write(`${line}\n`));
  return failed > 0 ? 1 : 0;
}

/** The directory that was named, or the large collection where there is one, or the small one in the repository. */
function readDirectory(): string | undefined {
  try {
    const { positionals } = parseArgs({ allowPositionals: true });
    if (positionals.length > 1) throw new Error('expected one directory');
    const [directory = process.env.LONGWAVE_PARITY] = positionals;
    if (directory !== undefined) return directory;
    return existsSync(COLLECTION) ? COLLECTION : SMALL;
  } catch (error) {
    process.stderr.write(`parity: ${(error as Error).message}\n${USAGE}`);
    return undefined;
  }
}
