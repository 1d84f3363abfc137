import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ConfigResourceTypes, DescribeConfigResponse, ITopicMetadata } from 'kafkajs';
import { toConnectorError } from './kafka-error.ts';
import type { KafkajsLink } from './kafkajs-link.ts';
import { RETRY } from './kafkajs-settings.ts';
import { withinTime } from './reachable.ts';
import type { KafkaAdmin, TopicDescription } from './transport.ts';

/** `ConfigResourceTypes.TOPIC`; the package itself is loaded by the transport only. */
const TOPIC_RESOURCE = 2 as ConfigResourceTypes;

const READY_ATTEMPTS = 50;
const READY_PAUSE_MS = 100;

/** The {@link KafkaAdmin} over kafkajs, connected. Closing it cuts the link. */
export async function openAdmin(link: KafkajsLink): Promise<KafkaAdmin> {
  const admin = link.client.admin({ retry: RETRY });
  await link.connect(admin);
  const { brokers } = link.connection;
  const ask = async <T>(action: string, question: Promise<T>): Promise<T> => {
    try {
      return await withinTime(question, { brokers, timeoutMs: link.connection.sendTimeoutMs });
    } catch (error) {
      throw toConnectorError(error, { brokers, action, logged: link.logged });
    }
  };
  const metadataOf = async (topics: readonly string[]): Promise<readonly ITopicMetadata[]> => {
    const existing = new Set(await ask('list their topics', admin.listTopics()));
    const wanted = topics.filter((topic) => existing.has(topic));
    if (wanted.length === 0) return [];
    return (await ask('describe topics', admin.fetchTopicMetadata({ topics: wanted }))).topics;
  };
  return {
    partitionCounts: async (topics) =>
      new Map((await metadataOf(topics)).map(({ name, partitions }) => [name, partitions.length])),
    async describeTopics(topics) {
      const found = await metadataOf(topics);
      if (found.length === 0) return new Map();
      const resources = found.map(({ name }) => ({ type: TOPIC_RESOURCE, name }));
      const question = admin.describeConfigs({ resources, includeSynonyms: false });
      const { resources: configs } = await ask('tell the settings of topics', question);
      return new Map(found.map((topic) => [topic.name, describe(topic, configs)]));
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
      const question = untilReady(() => admin.fetchTopicOffsets(topic));
      const offsets = await ask(`tell the offsets of topic ${topic}`, question);
      return offsets
        .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
        .sort((a, b) => a.partition - b.partition);
    },
    committed: (groupId, topic) =>
      ask(
        `tell the offsets of group ${groupId}`,
        untilReady(() => committedOffsets(admin, groupId, topic)),
      ),
    async groupMembers(groupId) {
      const question = untilReady(() => admin.describeGroups([groupId]));
      const { groups } = await ask(`tell the members of group ${groupId}`, question);
      const members = groups.flatMap((group) => group.members);
      return members.map(({ memberId, clientId, clientHost }) => ({
        memberId,
        clientId,
        host: clientHost.replace(/^\//, ''),
      }));
    },
    close: () => link.disconnect(admin),
  };
}

/** A coordinator that begins has to load its groups, a leader its partitions; the client asks them once only. */
async function untilReady<T>(question: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await question();
    } catch (error) {
      const isRetriable = error instanceof Error && 'retriable' in error && error.retriable === true;
      if (!isRetriable || attempt === READY_ATTEMPTS) throw error;
    }
    await sleep(READY_PAUSE_MS);
  }
}

function describe(topic: ITopicMetadata, configs: DescribeConfigResponse['resources']): TopicDescription {
  const entries = configs.find(({ resourceName }) => resourceName === topic.name)?.configEntries ?? [];
  return {
    partitions: topic.partitions.length,
    replicationFactor: topic.partitions[0]?.replicas.length ?? 0,
    config: new Map(entries.map(({ configName, configValue }) => [configName, configValue ?? ''])),
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
