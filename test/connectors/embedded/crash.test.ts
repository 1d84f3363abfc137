import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedBroker, embeddedBroker } from '../../../connectors/embedded/index.ts';
import { crashed, testFolder } from './broker-directory.ts';
import {
  type CrashFile,
  FILES,
  goOn,
  type Lengths,
  prepare,
  seenPlain,
  seenTransactions,
  work,
} from './crash-workload.ts';

const TRANSACTIONS = 2;
const folder = testFolder();
const whole = join(folder, 'whole');
const damaged = join(folder, 'damaged');
let needed: Lengths[];

beforeAll(async () => {
  await prepare(whole);
  const broker = embeddedBroker({ directory: whole });
  needed = await work(broker, whole, TRANSACTIONS);
  crashed(whole, damaged);
});

/** Transactions that lie before a damage at a byte of a file: those that follow may rest on the first that does not. */
function before(file: CrashFile, byte: number): number {
  const first = needed.findIndex((lengths) => lengths[file] > byte);
  return first === -1 ? TRANSACTIONS : first;
}

/** Opens what a crash left, with one file changed. */
async function check(file: CrashFile, byte: number, damage: (path: string) => void): Promise<void> {
  crashed(whole, damaged);
  damage(join(damaged, FILES[file]));
  const broker = embeddedBroker({ directory: damaged });
  const seen = await seenTransactions(broker.transport());
  expect(seen).toBe(before(file, byte));
  const plain = needed.filter((lengths) => file !== 'b' || lengths.plain <= byte).map((_, i) => `plain ${i}`);
  expect(await seenPlain(broker.transport())).toEqual(plain);
  if (byte % 5 === 0) await checkOnward(broker, seen);
  await broker.close();
}

/** What was mended stays so over a second crash, and the broker goes on. */
async function checkOnward(broker: EmbeddedBroker, seen: number): Promise<void> {
  await goOn(broker.transport(), seen);
  const again = embeddedBroker({ directory: crashed(damaged, `${damaged}-again`) });
  expect(await seenTransactions(again.transport())).toBe(seen + 1);
  await again.close();
}

describe.each(Object.keys(FILES) as CrashFile[])('A crash, or a damage, of file %s', (file) => {
  it('that cuts it off at any byte leaves whole transactions only, and all that lie before', async () => {
    const { length } = readFileSync(join(whole, FILES[file]));
    expect(length).toBeGreaterThan(300);
    for (let byte = 0; byte < length; byte++) await check(file, byte, (path) => truncateSync(path, byte));
  });

  it('that changes any byte leaves whole transactions only, and all that lie before', async () => {
    const bytes = readFileSync(join(whole, FILES[file]));
    const places = fc.record({ byte: fc.nat(bytes.length - 1), mask: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(places, ({ byte, mask }) =>
        check(file, byte, (path) => {
          const changed = Buffer.from(bytes);
          changed[byte]! ^= mask;
          writeFileSync(path, changed);
        }),
      ),
      { numRuns: 200 },
    );
  });
});
