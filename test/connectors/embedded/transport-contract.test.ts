import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { type EmbeddedBroker, embeddedBroker } from '../../../connectors/embedded/index.ts';
import { checkTransport } from '../../checks/transport-checks.ts';

const parent = mkdtempSync(join(tmpdir(), 'embedded-contract-'));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const brokers: readonly (readonly [name: string, broker: EmbeddedBroker])[] = [
  ['An embedded broker in memory', embeddedBroker()],
  ['An embedded broker in a directory', embeddedBroker({ directory: join(parent, 'plain'), segmentBytes: 1024 })],
  ['A durable embedded broker', embeddedBroker({ directory: join(parent, 'durable'), durable: true })],
];

for (const [name, broker] of brokers) {
  afterAll(() => broker.close());
  checkTransport({
    name,
    describe,
    open: async () => broker.transport(),
    trim: async (topic, partition, lowOffset) => broker.trim(topic, partition, lowOffset),
  });
}
