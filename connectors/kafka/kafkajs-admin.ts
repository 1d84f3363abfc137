import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ConfigResourceTypes, DescribeConfigResponse, ITopicMetadata } from 'kafkajs';
import { readClientError, toConnectorError } from './kafka-error.ts';
import type { KafkajsLink } from './kafkajs-link.ts';
import { RETRY } from './kafkajs-settings.ts';
import { requireReachable, withinTime } from './reachable.ts';
import type { KafkaAdmin, TopicDescription } from './transport.ts';

/** `ConfigResourceTypes.TOPIC`; the package itself is loaded by the transport only. */
const TOPIC_RESOURCE = 2 as ConfigResourceTypes;

const READY_ATTEMPTS = 50;
const READY_PAUSE_MS = 100;
const KNOCK_MS = 300;

/** The {@link KafkaAdmin} over kafkajs, connected. Closing it cuts the link. */
export async function openAdmin(link: KafkajsLink): Promise<KafkaAdmin> {
  const admin = link.client.admin({ retry: RETRY });
  await link.connect(admin);
  const { brokers, ssl, sasl } = link.connection;
  const ask = async <T>(action: string, question: Promise<T>): Promise<T> => {
    try {
      return await withinTime(question, { brokers, timeoutMs: link.connection.sendTimeoutMs });
    } catch (error) {
      throw (await link.mismatch(error)) ?? toConnectorError(error, { brokers, action, logged: link.logged });
    }
  };
  // The list of topics leaves out what this client may not see.
  const requireVisible = async (topic: string): Promise<void> => {
    const error: unknown = await admin.fetchTopicMetadata({ topics: [topic] }).catch((refusal: unknown) => refusal);
    if (readClientError(error).type !== 'TOPIC_AUTHORIZATION_FAILED') return;
    const who = sasl === undefined ? 'this client' : `user ${sasl.username}`;
    throw toConnectorError(error, { brokers, action: `let ${who} describe topic ${topic}` });
  };
  const metadataOf = async (topics: readonly string[]): Promise<readonly ITopicMetadata[]> => {
    const existing = new Set(
      await ask(
        'list their topics',
        whileOneAnswers(link, () => admin.listTopics()),
      ),
    );
    const wanted = topics.filter((topic) => existing.has(topic));
    if (sasl !== undefined || ssl !== false) {
      for (const topic of topics) if (!existing.has(topic)) await requireVisible(topic);
    }
    if (wanted.length === 0) return [];
    const question = whileOneAnswers(link, () => admin.fetchTopicMetadata({ topics: wanted }));
    return (await ask('describe topics', question)).topics;
  };
  return {
    partitionCounts: async (topics) =>
      new Map((await metadataOf(topics)).map(({ name, partitions }) => [name, partitions.length])),
    async describeTopics(topics) {
      const found = await metadataOf(topics);
      if (found.length === 0) return new Map();
      const names = found.map(({ name }) => name);
      const together = await ask(`tell the settings of topics ${names.join(', ')}`, shown(admin, names));
      // One that may not be seen keeps the others back.
      const configs =
        together ?? (await eachShown(names, (name) => ask(`tell the settings of topic ${name}`, shown(admin, [name]))));
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
      const question = whileOneAnswers(link, () => untilReady(() => admin.fetchTopicOffsets(topic)));
      const offsets = await ask(`tell the offsets of topic ${topic}`, question);
      return offsets
        .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
        .sort((a, b) => a.partition - b.partition);
    },
    committed: (groupId, topic) =>
      ask(
        `tell the offsets of group ${groupId}`,
        whileOneAnswers(link, () => untilReady(() => committedOffsets(admin, groupId, topic))),
      ),
    async groupMembers(groupId) {
      const question = whileOneAnswers(link, () => untilReady(() => admin.describeGroups([groupId])));
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

/**
 * Asks again while the node that the client has chosen is down and another one is there. For questions only: what is asked twice
 * changes nothing.
 */
async function whileOneAnswers<T>(link: KafkajsLink, question: () => Promise<T>): Promise<T> {
  const { brokers, connectTimeoutMs } = link.connection;
  const deadline = performance.now() + connectTimeoutMs;
  for (;;) {
    try {
      return await question();
    } catch (error) {
      const isPassing = readClientError(error).kind === 'unreachable' && !link.isCut && performance.now() < deadline;
      const isThere =
        isPassing &&
        (await requireReachable(brokers, KNOCK_MS).then(
          () => true,
          () => false,
        ));
      if (!isThere) throw error;
    }
    await sleep(READY_PAUSE_MS);
  }
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

type TopicSettings = DescribeConfigResponse['resources'];

/** The settings of topics; `undefined` where this client may not see one of them: that (DescribeConfigs) is a right of its own. */
async function shown(admin: Admin, topics: readonly string[]): Promise<TopicSettings | undefined> {
  try {
    const resources = topics.map((name) => ({ type: TOPIC_RESOURCE, name }));
    return (await admin.describeConfigs({ resources, includeSynonyms: false })).resources;
  } catch (error) {
    if (readClientError(error).type?.endsWith('_AUTHORIZATION_FAILED')) return undefined;
    throw error;
  }
}

async function eachShown(
  topics: readonly string[],
  show: (topic: string) => Promise<TopicSettings | undefined>,
): Promise<TopicSettings> {
  const settings: TopicSettings = [];
  for (const topic of topics) settings.push(...((await show(topic)) ?? []));
  return settings;
}

function describe(topic: ITopicMetadata, configs: TopicSettings): TopicDescription {
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
