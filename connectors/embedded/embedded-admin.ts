import type { KafkaAdmin } from '../kafka/index.ts';
import type { BrokerCore } from './broker-core.ts';

/** The {@link KafkaAdmin} of an embedded broker. */
export function openAdmin(core: BrokerCore): KafkaAdmin {
  const existing = (names: readonly string[]) => {
    core.use();
    return names.filter((name) => core.topics.has(name)).map((name) => core.topics.get(name));
  };
  return {
    async partitionCounts(topics) {
      return new Map(existing(topics).map(({ topic, partitions }) => [topic, partitions]));
    },
    async describeTopics(topics) {
      return new Map(
        existing(topics).map(({ topic, partitions, config }) => [topic, { partitions, replicationFactor: 1, config }]),
      );
    },
    async createTopics(specs) {
      core.use();
      for (const definition of specs.map((spec) => core.topics.define(spec))) core.createTopic(definition);
    },
    async offsets(topic) {
      core.use();
      const { logs } = core.topics.get(topic);
      return logs.map(({ partition, lowOffset: low, stableOffset: high }) => ({ partition, low, high })); // as read committed
    },
    async committed(groupId, topic) {
      core.use();
      const { logs } = core.topics.get(topic);
      return new Map(logs.map(({ partition }) => [partition, core.offsets.get(groupId, topic, partition)]));
    },
    async groupMembers(groupId) {
      core.use();
      return core.group(groupId).memberIds.map((memberId) => ({ memberId, clientId: 'embedded', host: 'embedded' }));
    },
    async close() {
      // nothing is connected
    },
  };
}
