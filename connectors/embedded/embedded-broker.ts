import { ConfigError, show } from '../../core/index.ts';
import type { KafkaTransport } from '../kafka/index.ts';
import { type BrokerCore, EMBEDDED_BROKERS } from './broker-core.ts';
import { checkBrokerOptions, type EmbeddedBrokerOptions } from './broker-options.ts';
import { openAdmin } from './embedded-admin.ts';
import { EmbeddedConsumer } from './embedded-consumer.ts';
import { openProducer } from './embedded-producer.ts';
import { EmbeddedReader } from './embedded-reader.ts';
import { openTransactional } from './embedded-transactional.ts';
import { openBroker } from './open-broker.ts';

/** A broker inside of this process. */
export interface EmbeddedBroker {
  /** A transport to it; all of them share its topics, groups and transactions. */
  transport(): KafkaTransport;
  /**
   * Forgets the records of a partition below an offset, as retention does.
   * @throws ConnectorError `CONNECTOR_FAILED`, `CONNECTOR_UNREACHABLE`
   */
  trim(topic: string, partition: number, lowOffset: bigint): void;
  /**
   * Compacts the partitions of a topic with `cleanup.policy` `compact`: of each key the last record stays, at its offset;
   * nothing at or behind the first open transaction changes. A tombstone goes when it is older than the topic's
   * `delete.retention.ms`.
   * @throws ConfigError `CONFIG_INVALID` where the topic is not compacted, ConnectorError
   */
  compact(topic: string): void;
  /** What was found damaged when the directory was opened, and what was done about it. Empty after an orderly end. */
  readonly repairs: readonly string[];
  /** Ends all clients. With a directory, what was committed is found there again. Closing twice does nothing. */
  close(): Promise<void>;
}

/**
 * Opens a broker that keeps Kafka's contract within one process, for pipelines without a cluster and for tests:
 * partitions and offsets, consumer groups, transactions with fencing and time-outs, read-committed consumers, compaction.
 *
 * In memory, or in a directory: there each partition is a list of append-only files, and a transaction counts from the moment
 * in which one record of the broker's journal is written; what a crash leaves unfinished is finished or aborted at the next
 * opening. Files are written at once, by blocking calls; only a {@link EmbeddedBrokerOptions.durable} commit waits for the
 * disk, without blocking. Opening reads everything once, to check it.
 *
 * @throws ConfigError `CONFIG_INVALID`; ConnectorError `CONNECTOR_FAILED` where the directory cannot be used, another process
 * has it, or records that were safe on disk are damaged
 * @example
 * const broker = embeddedBroker();
 * const producer = await broker.transport().producer();
 */
export function embeddedBroker(options: EmbeddedBrokerOptions = {}): EmbeddedBroker {
  const { core, repairs } = openBroker(checkBrokerOptions(options));
  return {
    repairs,
    transport: () => transportTo(core),
    trim(topic, partition, lowOffset) {
      core.use();
      core.trim(topic, partition, lowOffset);
    },
    compact(topic) {
      core.use();
      const { config, logs } = core.topics.get(topic);
      for (const log of logs) {
        if (!log.settings.compact) {
          const got = show(config.get('cleanup.policy'));
          throw new ConfigError(
            'CONFIG_INVALID',
            `Expected topic ${topic} to have \`cleanup.policy\` compact, got ${got}`,
          );
        }
        core.compact(log);
        core.use();
      }
    },
    async close() {
      core.close();
    },
  };
}

function transportTo(core: BrokerCore): KafkaTransport {
  const opened = async <T>(open: () => T | Promise<T>): Promise<T> => {
    core.use();
    return open();
  };
  return {
    brokers: EMBEDDED_BROKERS,
    admin: () => opened(() => openAdmin(core)),
    producer: () => opened(() => openProducer(core)),
    consumer: (options) => opened(() => new EmbeddedConsumer(core, options)),
    transactional: (options) => openTransactional(core, options),
    reader: (options) => opened(() => new EmbeddedReader(core, options)),
  };
}
