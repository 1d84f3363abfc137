import { ConnectorError, requireInteger } from '../../core/index.ts';
import { requireName } from './source-options.ts';
import type { KafkaAdmin, KafkaTransport, TopicSpec } from './transport.ts';

/**
 * Checks that topics exist and makes those that are missing, where `create` allows it. An existing topic stays as it
 * is; it must have the number of partitions asked for where one is given, the settings that are `required`, and
 * numbers of at least the `minimum`; settings that this client may not see are not checked.
 * @returns the number of partitions of each topic
 * @throws ConfigError `CONFIG_INVALID`; ConnectorError `CONNECTOR_FAILED` that names every missing topic and every
 * mismatch, `CONNECTOR_UNREACHABLE`
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
    const faults = options.create === true ? [] : missing.map(({ topic }) => `topic ${topic} to exist, it does not`);
    if (missing.length > 0 && faults.length === 0) await admin.createTopics(missing);
    const counts = missing.length > 0 ? await admin.partitionCounts(names) : existing;
    for (const { topic, partitions } of topics) {
      const count = counts.get(topic);
      if (count === undefined && options.create === true) faults.push(`topic ${topic} to exist, it does not`);
      if (count !== undefined && partitions !== undefined && count !== partitions) {
        faults.push(`topic ${topic} to have ${partitions} partitions, it has ${count}`);
      }
    }
    faults.push(...(await settingFaults(admin, topics)));
    if (faults.length > 0) {
      throw new ConnectorError(
        'CONNECTOR_FAILED',
        `Expected on the Kafka brokers ${transport.brokers.join(', ')}: ${faults.join('; ')}`,
      );
    }
    return counts;
  } finally {
    await admin.close();
  }
}

/** Settings that a topic must have and has not. */
async function settingFaults(admin: KafkaAdmin, topics: readonly TopicSpec[]): Promise<string[]> {
  const strict = topics.filter(({ required = [], minimum = {} }) => required.length + Object.keys(minimum).length > 0);
  if (strict.length === 0) return [];
  const found = await admin.describeTopics(strict.map(({ topic }) => topic));
  return strict.flatMap(({ topic, required = [], minimum = {}, config = {} }) => {
    const has = found.get(topic)?.config;
    if (has === undefined || has.size === 0) return [];
    const unequal = required.filter((name) => has.get(name) !== config[name]);
    const small = Object.entries(minimum).filter(([name, least]) => isLess(has.get(name), least));
    return [
      ...unequal.map((name) => `topic ${topic} to have ${name} ${config[name]}, it has ${has.get(name) ?? 'none'}`),
      ...small.map(([name, least]) => `topic ${topic} to have ${name} of at least ${least}, it has ${has.get(name)}`),
    ];
  });
}

/** A setting that the brokers do not tell is taken for right. */
function isLess(value: string | undefined, least: bigint): boolean {
  return value !== undefined && /^-?\d{1,19}$/.test(value) && BigInt(value) < least;
}
