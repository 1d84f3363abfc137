import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { KafkaTransport } from '../../../connectors/kafka/index.ts';
import { placed, readRange } from '../../checks/transport-harness.ts';

/** A folder of its own for a test file, in memory where the system has a place for that; gone at the end. */
export function testFolder(): string {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'embedded-broker-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a crash leaves of a directory: its files, and no process. */
export function crashed(directory: string, copy: string): string {
  rmSync(copy, { recursive: true, force: true });
  cpSync(directory, copy, { recursive: true });
  rmSync(join(copy, 'lock'), { force: true });
  return copy;
}

/** Values of the committed records of a partition, in order. */
export async function valuesOf(transport: KafkaTransport, topic: string, partition = 0): Promise<string[]> {
  const admin = await transport.admin();
  const { low, high } = (await admin.offsets(topic))[partition]!;
  const records = await readRange(transport, { topic, partition, from: low, to: high });
  return placed(records).map((place) => place.slice(place.indexOf(': ') + 2));
}
