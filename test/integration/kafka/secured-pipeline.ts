import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { ensureTopics } from '../../../connectors/index.ts';
import { sendRows } from '../cli/kafka-run.ts';
import { adminTransport, grant, leastRights, maySee, passwordOf, type Secured, type User } from './secured-broker.ts';

/** The names of the pipeline that runs on a secured broker, and the records of its input. */
export const SECURED = { name: 'secured', input: 'rows', output: 'judged', groupId: 'g-rows', records: 30 } as const;

let made: string;
beforeAll(() => {
  made = mkdtempSync(join(tmpdir(), 'longwave-secured-'));
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

/** The test's folder. */
export function folder(): string {
  return made;
}

/** Writes a file into the test's folder, unless it is there already as it is: another test may be reading it; its path. */
export function file(name: string, content: string): string {
  const path = join(made, name);
  if (!existsSync(path) || readFileSync(path, 'utf8') !== content) writeFileSync(path, content);
  return path;
}

/** The text of a pipeline file that encodes rows of one value. */
export function pipeline(connection: object): string {
  const { name, input: topic, output, groupId } = SECURED;
  const source = { topic, groupId, format: 'json', values: ['load'], ...connection };
  return `name: ${name}
source: { kafka: ${JSON.stringify(source)} }
front: { none: {} }
encoder: { hiddenSize: 8, numLayers: 2, numHeads: 2, window: 8 }
head: { embedding: {} }
sink: { kafka: { topic: ${output} } }
checkpoint: { commitMs: 20 }
`;
}

/** The connection of a user whose password is in a file. */
export function connectionOf({ brokers, authority: { cert } }: Secured, user: User = 'worker') {
  const passwordFile = file(`${user}.password`, `${passwordOf(user)}\n`);
  return {
    brokers: [brokers],
    ssl: { caPath: file('ca.pem', cert) },
    sasl: { mechanism: 'scram-sha-512', username: user, passwordFile },
  };
}

/** Makes the input, and gives each user the rights that its name tells. */
export async function prepare(broker: Secured): Promise<Secured> {
  const rights = leastRights(SECURED);
  const { name: pipelineName, input, output, groupId } = SECURED;
  const without = (...names: readonly string[]) => rights.filter(({ name }) => !names.includes(name));
  await grant(
    broker,
    new Map([
      ['User:worker', rights],
      ['User:CN=worker', rights],
      ['User:no-transaction', without(`${pipelineName}.${groupId}.${input}.`)],
      ['User:no-output', without(output)],
      ['User:only-sees-output', [...without(output), maySee(output)]],
      ['User:no-input', without(input)],
      ['User:no-group', without(groupId)],
    ]),
  );
  const admin = await adminTransport(broker);
  await ensureTopics(admin, [{ topic: input }], { create: true });
  await sendRows(admin, input, { from: 0, records: SECURED.records });
  return broker;
}
