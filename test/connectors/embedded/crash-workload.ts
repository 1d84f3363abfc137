import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type EmbeddedBroker, embeddedBroker } from '../../../connectors/embedded/index.ts';
import type { KafkaTransport } from '../../../connectors/kafka/index.ts';
import { valued } from '../../checks/transport-harness.ts';
import { valuesOf } from './broker-directory.ts';

/** The files that a workload writes to, below its directory. */
export const FILES = {
  journal: 'journal-0',
  a: join('topics', 'a', '0', '00000000000000000000.log'),
  b: join('topics', 'b', '0', '00000000000000000000.log'),
} as const;

/** One of {@link FILES}. */
export type CrashFile = keyof typeof FILES;

/** How long each file has to be for a transaction to be whole, and `b` for the plain record after it. */
export type Lengths = Readonly<Record<CrashFile | 'plain', number>>;

/** Makes the topics of the workload and ends the broker. */
export async function prepare(directory: string): Promise<void> {
  const broker = embeddedBroker({ directory });
  const admin = await broker.transport().admin();
  await admin.createTopics([{ topic: 'a' }, { topic: 'b' }]);
  await broker.close();
}

/**
 * Transactions 0, 1, 2, ...: two records to topic a, one to b, and the place of the group `g` one further. After each a
 * transaction that is aborted and a plain record. Leaves a last one open.
 * @returns per transaction how long the files have to be for it
 */
export async function work(broker: EmbeddedBroker, directory: string, count: number): Promise<Lengths[]> {
  const length = (file: CrashFile): number => statSync(join(directory, FILES[file])).size;
  const transport = broker.transport();
  const producer = await transport.transactional({ transactionalId: 'worker' });
  const plain = await transport.producer();
  const needed: Lengths[] = [];
  for (let i = 0; i < count; i++) {
    await producer.begin();
    await producer.send('a', 0, valued(`${i} first`, `${i} second`));
    await producer.send('b', 0, valued(`${i} third`));
    const written = { a: length('a'), b: length('b') };
    await producer.sendOffset({ groupId: 'g', topic: 'a', partition: 0, offset: BigInt(i + 1) });
    await producer.commit();
    const journal = length('journal');
    await producer.begin();
    await producer.send('a', 0, valued('aborted'));
    await producer.abort();
    await plain.send('b', 0, valued(`plain ${i}`));
    needed.push({ ...written, journal, plain: length('b') });
  }
  await producer.begin();
  await producer.send('a', 0, valued('open'));
  await producer.send('b', 0, valued('open'));
  return needed;
}

/** The numbers of the transactions that are to be seen, each of them whole and none behind a gap. */
export async function seenTransactions(transport: KafkaTransport): Promise<number> {
  const a = await valuesOf(transport, 'a');
  const b = (await valuesOf(transport, 'b')).filter((value) => !value.startsWith('plain'));
  const count = b.length;
  const each = Array.from({ length: count }, (_, i) => i);
  expect(b).toEqual(each.map((i) => `${i} third`));
  expect(a).toEqual(each.flatMap((i) => [`${i} first`, `${i} second`]));
  const admin = await transport.admin();
  expect((await admin.committed('g', 'a')).get(0)).toBe(count === 0 ? undefined : BigInt(count));
  return count;
}

/** The plain records that are to be seen. */
export async function seenPlain(transport: KafkaTransport): Promise<string[]> {
  return (await valuesOf(transport, 'b')).filter((value) => value.startsWith('plain'));
}

/** Writes one more transaction and looks at it, which shows that the broker goes on. */
export async function goOn(transport: KafkaTransport, seen: number): Promise<void> {
  const producer = await transport.transactional({ transactionalId: 'worker' });
  await producer.begin();
  await producer.send('a', 0, valued(`${seen} first`, `${seen} second`));
  await producer.send('b', 0, valued(`${seen} third`));
  await producer.sendOffset({ groupId: 'g', topic: 'a', partition: 0, offset: BigInt(seen + 1) });
  await producer.commit();
  expect(await seenTransactions(transport)).toBe(seen + 1);
}
