import type { Consumer } from 'kafkajs';
import { ConnectorError, type LongwaveError } from '../../core/index.ts';
import type { CheckedConnection } from './connection.ts';
import { readClientError, toConnectorError } from './kafka-error.ts';
import type { KafkajsLink } from './kafkajs-link.ts';
import { LostPlaces } from './kafkajs-lost-place.ts';
import { toBatch } from './kafkajs-record.ts';
import { atMost, METADATA_AGE_MS, RETRY } from './kafkajs-settings.ts';
import { HeldPartitions, stickyAssigner } from './sticky-assigner.ts';
import type { KafkaAdmin, KafkaConsumer, KafkaConsumerListener, KafkaConsumerOptions, LogBounds } from './transport.ts';

/** Longest wait of a fetch, so also the longest that a resumed partition waits for its next one. */
const FETCH_WAIT_MS = 100;
/** About 3 s in all; then the client leaves and joins anew, until `outageMs` is over. */
const RETRIES = 20;
/** How long closing waits for a join that is under way. */
const JOIN_MS = 5000;
const REJOIN_MS = 500;
/** How long the fetch loop waits for a batch to be done before it goes on with the partition paused. */
const HOLD_MS = 500;

/** The {@link KafkaConsumer} over kafkajs. */
export class KafkajsConsumer implements KafkaConsumer {
  readonly #link: KafkajsLink;
  readonly #consumer: Consumer;
  readonly #admin: KafkaAdmin;
  readonly #options: KafkaConsumerOptions;
  readonly #connection: CheckedConnection;
  readonly #held = new HeldPartitions();
  #lostPlaces: LostPlaces | undefined;
  #outageSince: number | undefined;
  #closed = false;
  #starting: Promise<void> = Promise.resolve();

  constructor(link: KafkajsLink, admin: KafkaAdmin, options: KafkaConsumerOptions) {
    this.#link = link;
    this.#admin = admin;
    this.#options = options;
    this.#connection = link.connection;
    const { AssignerProtocol, PartitionAssigners } = link.library;
    this.#consumer = link.client.consumer({
      groupId: options.groupId,
      allowAutoTopicCreation: false,
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: Math.max(options.sessionTimeoutMs, 10_000),
      heartbeatInterval: Math.max(100, Math.floor(options.sessionTimeoutMs / 10)),
      maxBytesPerPartition: options.maxBytesPerPartition,
      maxBytes: options.maxBytesPerFetch,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      metadataMaxAge: METADATA_AGE_MS,
      // The group takes the first that all its members know; those of older versions know round robin only.
      partitionAssigners: [stickyAssigner(AssignerProtocol, this.#held), PartitionAssigners.roundRobin],
      retry: { ...RETRY, retries: RETRIES, restartOnFailure: async (error) => this.#mayRestart(error) },
    });
  }

  connect(): Promise<void> {
    return this.#link.connect(this.#consumer);
  }

  start(listener: KafkaConsumerListener): Promise<void> {
    this.#starting = this.#start(listener);
    return this.#starting;
  }

  async #start(listener: KafkaConsumerListener): Promise<void> {
    const { topic, startFrom, groupId } = this.#options;
    const fail = (error: unknown): void => {
      if (this.#closed) return;
      const action = `serve group ${groupId} on topic ${topic}`;
      listener.onFailed(this.#failed(error, action));
    };
    const lostPlaces = new LostPlaces(({ partition }) => {
      this.pause(partition);
      this.#boundsOf(partition).then((log) => (this.#closed ? undefined : listener.onGone(partition, log)), fail);
    });
    this.#lostPlaces = lostPlaces;
    this.#consumer.on('consumer.group_join', ({ payload }) => {
      this.#outageSince = undefined;
      if (!this.#closed) lostPlaces.joined(payload.memberId);
      const partitions = payload.memberAssignment[topic] ?? [];
      this.#held.joined(new Map([[topic, partitions]]));
      for (const partition of partitions) this.pause(partition);
      if (!this.#closed) listener.onAssigned(partitions);
    });
    this.#consumer.on('consumer.heartbeat', ({ payload }) => this.#held.confirmed(payload.groupGenerationId));
    this.#consumer.on('consumer.crash', ({ payload: { restart, error } }) => {
      const isOurs = !restart && this.#isPassing(error);
      if (!restart && !isOurs) return fail(error);
      this.#connection.log('warn', 'the group is joined anew', { groupId, error: error.message });
      if (isOurs) setTimeout(() => (this.#closed ? undefined : this.#run(listener).catch(fail)), REJOIN_MS);
    });
    await this.#requireTopic();
    try {
      await this.#consumer.subscribe({ topics: [topic], fromBeginning: startFrom === 'earliest' });
      await this.#run(listener);
    } catch (error) {
      const action = `serve group ${groupId} on topic ${topic}`;
      throw this.#failed(error, action);
    }
  }

  #run(listener: KafkaConsumerListener): Promise<void> {
    return this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 1024,
      eachBatch: async ({ batch, resolveOffset }) => {
        const taken = this.#closed ? undefined : listener.onBatch(toBatch(this.#options.topic, batch));
        if (taken === undefined) return;
        resolveOffset(batch.messages.at(-1)!.offset); // the client adds the control records that follow
        await atMost(taken, HOLD_MS);
      },
    });
  }

  pause(partition: number): void {
    this.#whileMember(() => this.#consumer.pause([{ topic: this.#options.topic, partitions: [partition] }]));
  }

  resume(partition: number): void {
    this.#whileMember(() => this.#consumer.resume([{ topic: this.#options.topic, partitions: [partition] }]));
  }

  seek(partition: number, offset: bigint): void {
    const { topic } = this.#options;
    this.#whileMember(() => this.#consumer.seek({ topic, partition, offset: String(offset) }));
  }

  async committed(partitions: readonly number[]): Promise<ReadonlyMap<number, bigint | undefined>> {
    const all = await this.#admin.committed(this.#options.groupId, this.#options.topic);
    return new Map(partitions.map((partition) => [partition, all.get(partition)]));
  }

  async commit(partition: number, offset: bigint): Promise<void> {
    const { topic, groupId } = this.#options;
    try {
      await this.#consumer.commitOffsets([{ topic, partition, offset: String(offset) }]);
    } catch (error) {
      const action = `commit offset ${offset} of topic ${topic}, partition ${partition} for group ${groupId}`;
      throw this.#failed(error, action);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#lostPlaces?.leave();
    await atMost(
      this.#starting.catch(() => {}),
      JOIN_MS,
    ); // the client cannot be stopped while it joins
    await this.#link.disconnect(this.#consumer);
    await this.#admin.close();
  }

  async #boundsOf(partition: number): Promise<LogBounds> {
    const { topic } = this.#options;
    const found = (await this.#admin.offsets(topic)).find((one) => one.partition === partition);
    if (found !== undefined) return found;
    throw new ConnectorError('CONNECTOR_FAILED', `Expected topic ${topic} to have partition ${partition}, it has not`);
  }

  async #requireTopic(): Promise<void> {
    const { topic } = this.#options;
    if ((await this.#admin.partitionCounts([topic])).has(topic)) return;
    const brokers = this.#connection.brokers.join(', ');
    throw new ConnectorError(
      'CONNECTOR_FAILED',
      `Expected topic ${topic} to exist on the Kafka brokers ${brokers}, it does not`,
    );
  }

  #failed(error: unknown, action: string): LongwaveError {
    return toConnectorError(error, { brokers: this.#connection.brokers, action, logged: this.#link.logged });
  }

  /** Between a crash and the next join the client has no group and refuses; that join sets all of it anew. */
  #whileMember(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#connection.log('debug', 'not a member of the group now', { error: String(error) });
    }
  }

  /** The client takes it for final that no broker knows the group's coordinator, though one that is just starting does not yet. */
  #isPassing(error: Error): boolean {
    return readClientError(error, this.#link.logged).noCoordinator && this.#mayRestart(error);
  }

  #mayRestart(error: Error): boolean {
    if (readClientError(error).kind === 'refused') return false;
    const now = performance.now();
    this.#outageSince ??= now;
    return !this.#closed && now - this.#outageSince < this.#options.outageMs;
  }
}
