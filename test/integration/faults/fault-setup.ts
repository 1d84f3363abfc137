import { expect } from 'vitest';
import { Scenario, type ScenarioOptions } from '../../../bench/faults/scenario.ts';
import { type Committed, compare, countOf, idFaults } from '../../../bench/faults/verdict.ts';
import type { KafkaTransport } from '../../../connectors/index.ts';

/** Our brokers allow a session this short; those of `KAFKA_BROKERS` mostly allow 6 s and more. */
export const SESSION_TIMEOUT_MS = process.env.KAFKA_BROKERS ? 6000 : 1500;

/** A scenario of two partitions and four streams, of which workers are missed soon. */
export function openScenario(transport: KafkaTransport, options: Partial<ScenarioOptions> = {}): Promise<Scenario> {
  return Scenario.open(transport, {
    ...{ partitions: 2, keys: 4, seed: 7, sessionTimeoutMs: SESSION_TIMEOUT_MS },
    ...options,
  });
}

/** Demands that an output is that of the unfailed run, byte for byte, and that its ids have no gap and no repetition. */
export function expectExact(unfailed: Committed, got: Committed): void {
  expect(countOf(unfailed)).toBeGreaterThan(0);
  expect(compare(unfailed, got)).toMatchObject({
    ...{ isIdentical: true, lost: 0, duplicated: 0, changed: 0, reordered: 0, got: countOf(unfailed) },
  });
  expect(idFaults(got)).toEqual([]);
}
