import type { Admin } from 'kafkajs';
import { toConnectorError } from './kafka-error.ts';
import type { KafkajsLink } from './kafkajs-link.ts';
import { RETRY } from './kafkajs-settings.ts';
import { withinTime } from './reachable.ts';
import type { KafkaAdmin } from './transport.ts';

/** The {@link KafkaAdmin} over kafkajs, connected. Closing it cuts the link. */
export async function openAdmin(link: KafkajsLink): Promise<KafkaAdmin> {
  const admin = link.client.admin({ retry: RETRY });
  await link.connect(admin);
  const { brokers } = link.connection;
  const ask = async <T>(action: string, question: Promise<T>): Promise<T> => {
    try {
      return await withinTime(question, { brokers, timeoutMs: link.connection.sendTimeoutMs });
    } catch (error) {
      throw toConnectorError(error, { brokers, action });
    }
  };
  return {
    async partitionCounts(topics) {
      const existing = new Set(await ask('list their topics', admin.listTopics()));
      const wanted = topics.filter((topic) => existing.has(topic));
      if (wanted.length === 0) return new Map();
      const metadata = await ask('describe topics', admin.fetchTopicMetadata({ topics: wanted }));
      return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
    },
    async createTopics(specs) {
      const topics = specs.map(({ topic, partitions = 1, replicationFactor, config = {} }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: replicationFactor ?? -1,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      }));
      const names = specs.map(({ topic }) => topic).join(', ');
      await ask(`make the topics ${names}`, admin.createTopics({ topics, waitForLeaders: true }));
    },
    async offsets(topic) {
      const offsets = await ask(`tell the offsets of topic ${topic}`, admin.fetchTopicOffsets(topic));
      return offsets
        .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
        .sort((a, b) => a.partition - b.partition);
    },
    committed: (groupId, topic) => ask(`tell the offsets of group ${groupId}`, committedOffsets(admin, groupId, topic)),
    close: () => link.disconnect(admin),
  };
}

async function committedOffsets(
  admin: Admin,
  groupId: string,
  topic: string,
): Promise<ReadonlyMap<number, bigint | undefined>> {
  const topics = await admin.fetchOffsets({ groupId, topics: [topic] });
  const partitions = topics.flatMap((entry) => entry.partitions);
  return new Map(partitions.map(({ partition, offset }) => [partition, offset === '-1' ? undefined : BigInt(offset)]));
}
