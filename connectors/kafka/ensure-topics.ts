import { ConnectorError, requireInteger } from '../../core/index.ts';
import { requireName } from './source-options.ts';
import type { KafkaTransport, TopicSpec } from './transport.ts';

/**
 * Checks that topics exist and makes those that are missing, where `create` allows it. An existing topic stays as it
 * is; it must have the number of partitions asked for where one is given.
 * @returns the number of partitions of each topic
 * @throws ConfigError `CONFIG_INVALID`; ConnectorError `CONNECTOR_FAILED` naming the missing topics,
 * `CONNECTOR_UNREACHABLE`
 */
export async function ensureTopics(
  transport: KafkaTransport,
  topics: readonly TopicSpec[],
  options: { readonly create?: boolean } = {},
): Promise<ReadonlyMap<string, number>> {
  for (const { topic, partitions = 1 } of topics) {
    requireName('topic', topic);
    requireInteger('partitions', partitions, { min: 1, max: 100_000 });
  }
  const names = topics.map(({ topic }) => topic);
  const admin = await transport.admin();
  try {
    const existing = await admin.partitionCounts(names);
    const missing = topics.filter(({ topic }) => !existing.has(topic));
    if (missing.length > 0 && options.create !== true) {
      const list = missing.map(({ topic }) => topic).join(', ');
      throw failed(transport, `Expected the topics ${list} to exist`, 'they do not');
    }
    if (missing.length > 0) await admin.createTopics(missing);
    const counts = missing.length > 0 ? await admin.partitionCounts(names) : existing;
    for (const { topic, partitions } of topics) {
      const count = counts.get(topic);
      if (count === undefined) throw failed(transport, `Expected topic ${topic} to exist`, 'it does not');
      if (partitions !== undefined && count !== partitions) {
        throw failed(transport, `Expected topic ${topic} to have ${partitions} partitions`, `it has ${count}`);
      }
    }
    return counts;
  } finally {
    await admin.close();
  }
}

function failed(transport: KafkaTransport, expectation: string, got: string): ConnectorError {
  return new ConnectorError(
    'CONNECTOR_FAILED',
    `${expectation} on the Kafka brokers ${transport.brokers.join(', ')}, ${got}`,
  );
}
