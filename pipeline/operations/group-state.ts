import {
  ensureTopics,
  type KafkaAdmin,
  type KafkaTransport,
  kafkajsTransport,
  type PartitionReader,
  type TopicSpec,
} from '../../connectors/index.ts';
import { ConfigError, ConnectorError } from '../../core/index.ts';
import { type Checkpoint, type CheckpointTopics, checkpointTopics, loadCheckpoint } from '../checkpoint/index.ts';
import { checkpoint } from '../config/checkpoint-schema.ts';
import { guaranteeOf } from '../config/guarantee-of.ts';
import { openKafkaConnection } from '../config/kafka-connection.ts';
import type { PipelineConfig } from '../config/schema.ts';

/** One partition as the brokers have it. */
export interface PartitionPlaces {
  readonly partition: number;
  /** First record that the input still holds, and the one behind its last. */
  readonly low: bigint;
  readonly high: bigint;
  /** `undefined`: the group has committed none. */
  readonly committed: bigint | undefined;
}

/** What the brokers hold of a pipeline's group: offsets, and the topics of its state. It reads; nothing is joined or made. */
export class GroupState {
  readonly topic: string;
  readonly groupId: string;
  readonly name: string;
  readonly topics: CheckpointTopics;
  /** State and offset are committed together. */
  readonly isExact: boolean;
  readonly transport: KafkaTransport;
  readonly admin: KafkaAdmin;
  readonly places: readonly PartitionPlaces[];
  /** The topics of the state as they have to be. */
  readonly #specs: readonly TopicSpec[];
  readonly #mayCreate: boolean;
  #hasState: boolean;
  #reader: PartitionReader | undefined;

  private constructor(
    parts: Pick<GroupState, 'topic' | 'groupId' | 'name' | 'topics' | 'isExact' | 'transport' | 'admin'>,
    found: {
      readonly places: readonly PartitionPlaces[];
      readonly hasState: boolean;
      readonly specs: readonly TopicSpec[];
      readonly mayCreate: boolean;
    },
  ) {
    this.topic = parts.topic;
    this.groupId = parts.groupId;
    this.name = parts.name;
    this.topics = parts.topics;
    this.isExact = parts.isExact;
    this.transport = parts.transport;
    this.admin = parts.admin;
    this.places = found.places;
    this.#hasState = found.hasState;
    this.#specs = found.specs;
    this.#mayCreate = found.mayCreate;
  }

  /**
   * @param transport default: a client of the brokers that the file names
   * @throws ConfigError where the pipeline's source is not Kafka; ConnectorError
   */
  static async open(config: PipelineConfig, transport?: KafkaTransport): Promise<GroupState> {
    const { kafka } = config.source;
    if (kafka === undefined) {
      throw new ConfigError('CONFIG_INVALID', 'Expected `source` to be kafka, other pipelines keep no state');
    }
    const { topic, groupId } = kafka;
    const settings = checkpoint.parse(config.checkpoint ?? {});
    const used =
      transport ??
      (await kafkajsTransport(await openKafkaConnection(kafka, { field: 'source.kafka', clientId: config.name })));
    const admin = await used.admin();
    try {
      const counts = await admin.partitionCounts([topic]);
      const partitions = counts.get(topic);
      if (partitions === undefined)
        throw new ConnectorError('CONNECTOR_FAILED', `Expected topic ${topic} to exist, it does not`);
      const { topics, specs } = checkpointTopics(groupId, { partitions, ...settings });
      const offsets = await admin.offsets(topic);
      const committed = await admin.committed(groupId, topic);
      const places = offsets.map((one) => ({ ...one, committed: committed.get(one.partition) }));
      const found = await admin.partitionCounts([topics.state, topics.snapshots]);
      const isExact = guaranteeOf(config) === 'exactly-once';
      const parts = { topic, groupId, name: config.name, topics, isExact, transport: used, admin };
      const mayCreate = config.sink.kafka?.createTopics ?? true;
      return new GroupState(parts, { places, hasState: found.size === 2, specs, mayCreate });
    } catch (error) {
      await admin.close();
      throw error;
    }
  }

  /** The partitions asked for; all where `partition` is `undefined`. @throws ConfigError */
  chosen(partition: number | undefined): readonly PartitionPlaces[] {
    if (partition === undefined) return this.places;
    const found = this.places.filter((one) => one.partition === partition);
    if (found.length > 0) return found;
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`--partition\` to be one of the ${this.places.length} partitions of topic ${this.topic}, got ${partition}`,
    );
  }

  /**
   * Makes the topics of the state where they are missing, so that progress can stand beside the offset.
   * @throws ConnectorError that names those that are missing, where the pipeline must not make them
   */
  async requireTopics(): Promise<void> {
    if (this.#hasState) return;
    await ensureTopics(this.transport, this.#specs, { create: this.#mayCreate });
    this.#hasState = true;
  }

  /**
   * What was written of a partition, seen from an offset; `undefined` where there are no topics for it. One at a time.
   * O(records of its state topic).
   * @throws ConnectorError
   */
  async checkpoint(partition: number, committedOffset: bigint): Promise<Checkpoint | undefined> {
    if (!this.#hasState) return undefined;
    const { admin, topics, transport, groupId } = this;
    this.#reader ??= await transport.reader({ topics: [topics.state, topics.snapshots], groupId });
    return loadCheckpoint({ admin, reader: this.#reader, partition, topics, committedOffset });
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    await this.admin.close();
  }
}
