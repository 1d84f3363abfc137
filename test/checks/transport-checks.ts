import { checkConsumers } from './transport-consumer-checks.ts';
import type { TransportCase } from './transport-harness.ts';
import { checkReaders } from './transport-reader-checks.ts';
import { checkTransactions } from './transport-transaction-checks.ts';
import { checkWrites } from './transport-write-checks.ts';

/** The contract of every `KafkaTransport`, whatever stands behind it. */
export function checkTransport(testCase: TransportCase): void {
  testCase.describe(`${testCase.name}: topics and producers`, () => checkWrites(testCase));
  testCase.describe(`${testCase.name}: transactions`, () => checkTransactions(testCase));
  testCase.describe(`${testCase.name}: readers`, () => checkReaders(testCase));
  testCase.describe(`${testCase.name}: consumers`, () => checkConsumers(testCase));
}
