import { ConnectorError } from '../../core/index.ts';
import type { TopicSpec } from '../kafka/index.ts';
import type { BatchStore } from './batch-store.ts';
import { MAX_PARTITIONS, type TopicDefinition } from './broker-storage.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { PartitionLog } from './partition-log.ts';
import { defaultConfig, readSettings } from './topic-settings.ts';

/** A topic with its partitions. */
export interface Topic extends TopicDefinition {
  readonly logs: readonly PartitionLog[];
}

/** The topics of a broker. */
export class TopicTable {
  readonly #topics = new Map<string, Topic>();
  readonly #budget: MemoryBudget;
  readonly #maxMessageBytes: number;

  constructor(options: { readonly budget: MemoryBudget; readonly maxMessageBytes: number }) {
    this.#budget = options.budget;
    this.#maxMessageBytes = options.maxMessageBytes;
  }

  has(topic: string): boolean {
    return this.#topics.has(topic);
  }

  /** @throws ConnectorError `CONNECTOR_FAILED` where there is none */
  get(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic !== undefined) return topic;
    throw failed(`Expected topic ${name} to exist on the embedded broker, it does not`);
  }

  /** @throws ConnectorError `CONNECTOR_FAILED` where there is none */
  log(name: string, partition: number): PartitionLog {
    const { logs } = this.get(name);
    const log = logs[partition];
    if (log !== undefined) return log;
    throw failed(
      `Expected topic ${name} to have partition ${partition} on the embedded broker, it has ${logs.length} partitions`,
    );
  }

  *logs(): Generator<PartitionLog> {
    for (const { logs } of this.#topics.values()) yield* logs;
  }

  /**
   * Checks a topic that is to be made.
   * @throws ConnectorError `CONNECTOR_FAILED`
   */
  define({ topic, partitions = 1, replicationFactor = 1, config = {} }: TopicSpec): TopicDefinition {
    if (!/^[a-zA-Z0-9._-]{1,249}$/.test(topic) || topic === '.' || topic === '..') {
      throw failed(`Expected a topic's name of 1..249 letters, digits, dots, dashes or underscores, got ${topic}`);
    }
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS) {
      throw failed(`Expected topic ${topic} to have 1..${MAX_PARTITIONS} partitions, got ${partitions}`);
    }
    if (replicationFactor !== 1 && replicationFactor !== -1) {
      throw failed(`Expected topic ${topic} to have replication factor 1, got ${replicationFactor}`);
    }
    const settings = new Map([...defaultConfig(this.#maxMessageBytes), ...Object.entries(config)]);
    readSettings(topic, settings);
    return { topic, partitions, config: settings };
  }

  add(definition: TopicDefinition, stores: readonly BatchStore[]): Topic {
    const { topic, config } = definition;
    const settings = readSettings(topic, config);
    const logs = stores.map(
      (store, partition) => new PartitionLog({ topic, partition, settings, store, budget: this.#budget }),
    );
    const added = { ...definition, logs };
    this.#topics.set(topic, added);
    return added;
  }
}

function failed(message: string): ConnectorError {
  return new ConnectorError('CONNECTOR_FAILED', message);
}
