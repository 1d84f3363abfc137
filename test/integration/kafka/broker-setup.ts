import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import { ensureTopics, type KafkaTransport, kafkajsTransport } from '../../../connectors/kafka/index.ts';

export { eventually } from '../../checks/eventually.ts';

const brokers = process.env.LONGWAVE_TEST_BROKERS || process.env.KAFKA_BROKERS || undefined;

if (brokers === undefined && process.env.CI === 'true') {
  throw new Error('Expected LONGWAVE_TEST_BROKERS to name the Kafka broker that the test run has started, got none');
}
if (brokers === undefined) {
  process.stderr.write('\nSKIPPED: the Kafka suite, since LONGWAVE_TEST_BROKERS is not set (`npm test` sets it)\n');
}

/** `describe` for a suite that needs a broker: skipped, and said so, where the test run has none. */
export const describeWithBroker: (name: string, suite: () => void) => void =
  brokers === undefined ? describe.skip : describe;

/** `host:port,...` of the test run's broker. */
export function testBrokers(): string {
  return brokers!;
}

/** A transport to the test run's broker. */
export function testTransport(): Promise<KafkaTransport> {
  return kafkajsTransport({ brokers: brokers! });
}

/** Makes a topic of its own for a test and returns its name. */
export async function freshTopic(transport: KafkaTransport, partitions = 1): Promise<string> {
  const topic = `test-${randomUUID()}`;
  await ensureTopics(transport, [{ topic, partitions }], { create: true });
  return topic;
}
