import { ConnectorError, LongwaveError } from '../../core/index.ts';
import type { KafkaConsumer, KafkaConsumerListener, KafkaConsumerOptions } from '../kafka/index.ts';
import type { BrokerCore } from './broker-core.ts';
import type { ConsumerGroup, GroupMember } from './consumer-group.ts';
import { PartitionPump } from './partition-pump.ts';

/** Longest interval of a timer of Node. */
const FOR_EVER_MS = 2 ** 31 - 1;

/** The {@link KafkaConsumer} of an embedded broker. Members share a process with it, so none goes without leaving. */
export class EmbeddedConsumer implements KafkaConsumer, GroupMember {
  readonly topic: string;
  readonly #core: BrokerCore;
  readonly #options: KafkaConsumerOptions;
  readonly #group: ConsumerGroup;
  #listener: KafkaConsumerListener | undefined;
  #pumps: ReadonlyMap<number, PartitionPump> = new Map();
  #closed = false;
  #end = (): void => {};

  constructor(core: BrokerCore, options: KafkaConsumerOptions) {
    this.#core = core;
    this.#options = options;
    this.topic = options.topic;
    this.#group = core.group(options.groupId);
  }

  async start(listener: KafkaConsumerListener): Promise<void> {
    this.#core.use();
    this.#core.topics.get(this.topic);
    this.#listener = listener;
    const alive = setInterval(() => {}, FOR_EVER_MS); // a consumer that waits keeps its process, as a connection would
    const unwatch = this.#core.onEnd((error) => this.#fail(error));
    this.#end = () => {
      clearInterval(alive);
      unwatch();
    };
    await this.#group.join(this);
  }

  pause(partition: number): void {
    this.#pumps.get(partition)?.pause();
  }

  resume(partition: number): void {
    this.#pumps.get(partition)?.resume();
  }

  seek(partition: number, offset: bigint): void {
    this.#pumps.get(partition)?.seek(offset);
  }

  async committed(partitions: readonly number[]): Promise<ReadonlyMap<number, bigint | undefined>> {
    this.#core.use();
    return new Map(partitions.map((partition) => [partition, this.#committed(partition)]));
  }

  async commit(partition: number, offset: bigint): Promise<void> {
    this.#core.use();
    const { groupId } = this.#options;
    this.#core.topics.log(this.topic, partition);
    if (!this.#group.has(this)) {
      const expectation = `Expected a member of group ${groupId} to commit offset ${offset} of topic ${this.topic}`;
      throw new ConnectorError('CONNECTOR_FAILED', `${expectation}, partition ${partition}, it is none now`);
    }
    await this.#core.commitOffset({ groupId, topic: this.topic, partition, offset });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#end();
    await this.quiesce();
    await this.#group.leave(this);
  }

  async quiesce(): Promise<void> {
    await Promise.all([...this.#pumps.values()].map((pump) => pump.stop()));
  }

  assign(partitions: readonly number[]): void {
    if (this.#closed) return;
    this.#pumps = new Map(partitions.map((partition) => [partition, this.#pump(partition)]));
    try {
      this.#listener!.onAssigned(partitions);
    } catch (error) {
      this.#fail(error);
    }
  }

  #pump(partition: number): PartitionPump {
    const { startFrom, maxBytesPerPartition, maxBytesPerFetch } = this.#options;
    const log = this.#core.topics.log(this.topic, partition);
    const latest = log.stableOffset;
    return new PartitionPump({
      log,
      maxBytes: Math.min(maxBytesPerPartition, maxBytesPerFetch),
      start: () => this.#committed(partition) ?? (startFrom === 'latest' ? latest : log.lowOffset),
      onGone: () => {
        const { lowOffset: low, stableOffset: high } = log;
        this.#listener!.onGone(partition, { low, high });
      },
      onBatch: (batch) => this.#listener!.onBatch(batch),
      onFailed: (error) => this.#fail(error),
    });
  }

  #committed(partition: number): bigint | undefined {
    return this.#core.offsets.get(this.#options.groupId, this.topic, partition);
  }

  /** Ends the consumer for good, and tells so once. */
  #fail(error: unknown): void {
    if (this.#closed) return;
    this.#listener!.onFailed(asConnectorError(error, this.#options));
    this.close().catch(() => {}); // what closing meets has been told with the failure
  }
}

function asConnectorError(error: unknown, { groupId, topic }: KafkaConsumerOptions): LongwaveError {
  if (error instanceof LongwaveError) return error;
  const said = error instanceof Error ? error.message : String(error);
  return new ConnectorError(
    'CONNECTOR_FAILED',
    `Expected the embedded broker to serve group ${groupId} on topic ${topic}, got: ${said}`,
    { cause: error },
  );
}
