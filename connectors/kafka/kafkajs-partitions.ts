import type { ICustomPartitioner } from 'kafkajs';
import { ConnectorError } from '../../core/index.ts';
import { bytesOf, METADATA_AGE_MS } from './kafkajs-settings.ts';
import type { KafkaAdmin } from './transport.ts';

/** The partitions that a producer writes to: how many a topic has, and which one a key goes to. */
export class KafkajsPartitions {
  readonly #admin: KafkaAdmin;
  readonly #brokers: readonly string[];
  readonly #partition: ReturnType<ICustomPartitioner>;
  readonly #counts = new Map<string, { readonly count: number; readonly at: number }>();

  constructor(admin: KafkaAdmin, brokers: readonly string[], createPartitioner: ICustomPartitioner) {
    this.#admin = admin;
    this.#brokers = brokers;
    this.#partition = createPartitioner();
  }

  /** The partition of a key. */
  async partitionFor(topic: string, key: string | Uint8Array | null): Promise<number> {
    const count = await this.#count(topic);
    const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 0,
      replicas: [],
      isr: [],
    }));
    const message = { key: key === null ? null : bytesOf(key), value: null };
    return this.#partition({ topic, partitionMetadata, message });
  }

  /**
   * Checks that a partition exists: the client would look for a missing one for 13 s.
   * @throws ConnectorError `CONNECTOR_FAILED`
   */
  async require(topic: string, partition: number): Promise<void> {
    const count = await this.#count(topic);
    if (partition < count) return;
    const expectation = `Expected topic ${topic} to have partition ${partition}`;
    throw this.#failed(expectation, `it has ${count} partitions`);
  }

  close(): Promise<void> {
    return this.#admin.close();
  }

  async #count(topic: string): Promise<number> {
    const known = this.#counts.get(topic);
    if (known !== undefined && performance.now() - known.at < METADATA_AGE_MS) return known.count;
    const count = (await this.#admin.partitionCounts([topic])).get(topic);
    if (count === undefined) throw this.#failed(`Expected topic ${topic} to exist`, 'it does not');
    this.#counts.set(topic, { count, at: performance.now() });
    return count;
  }

  #failed(expectation: string, got: string): ConnectorError {
    const at = `on the Kafka brokers ${this.#brokers.join(', ')}`;
    return new ConnectorError('CONNECTOR_FAILED', `${expectation} ${at}, ${got}`);
  }
}
