import { randomBytes } from 'node:crypto';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { KafkajsLink } from './kafkajs-link.ts';
import { METADATA_AGE_MS, RETRY } from './kafkajs-settings.ts';
import { withinTime } from './reachable.ts';

/** Longest wait of a fetch, so also the longest that a resumed partition waits for its first one. */
const FETCH_WAIT_MS = 50;
const SESSION_MS = 30_000;
/** Heartbeats come at least this often, also while a batch waits. */
export const HEARTBEAT_MS = 3000;
/** About 3 s in all; then the client leaves and joins anew. */
const RETRIES = 20;

/** What a {@link LoneGroup} tells its owner, from the fetch loop. */
export interface LoneGroupListener {
  /** (Re)joined: all partitions are paused. */
  onJoined(): void;
  /** A batch of a partition that is not paused; the fetch loop waits for the promise. */
  onBatch(payload: EachBatchPayload): Promise<void>;
  /** A fetch brought control records, aborted or compacted ones only, the last at `lastOffset`. */
  onNothing(fetched: { readonly topic: string; readonly partition: number; readonly lastOffset: string }): void;
  /** The offset to fetch is gone, and the client goes on at another one. */
  onLost(): void;
  onFailed(error: Error): void;
}

/**
 * A consumer group of one member and no committed offset, since kafkajs reads in no other way: it has all partitions of
 * its topics, and fetches those that it is told to.
 */
export class LoneGroup {
  readonly #link: KafkajsLink;
  readonly #groupId: string;
  readonly #consumer: Consumer;

  constructor(link: KafkajsLink, options: { readonly prefix: string; readonly maxBytes: number }) {
    const { maxBytes } = options;
    this.#link = link;
    this.#groupId = `${options.prefix}-reader-${randomBytes(8).toString('hex')}`;
    this.#consumer = link.client.consumer({
      groupId: this.#groupId,
      allowAutoTopicCreation: false,
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxBytesPerPartition: maxBytes,
      maxBytes,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      metadataMaxAge: METADATA_AGE_MS,
      retry: { ...RETRY, retries: RETRIES, restartOnFailure: async () => !link.isCut },
    });
  }

  /** Resolves when the group has its partitions. */
  async join(topics: readonly string[], listener: LoneGroupListener): Promise<void> {
    await this.#link.connect(this.#consumer);
    const joined = this.#listen(listener);
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning: false });
    const running = this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => listener.onBatch(payload),
    });
    const { brokers, sendTimeoutMs: timeoutMs } = this.#link.connection;
    await withinTime(Promise.all([running, joined]), { brokers, timeoutMs, action: 'let a reader join its group' });
  }

  #listen(listener: LoneGroupListener): Promise<void> {
    this.#consumer.on('consumer.start_batch_process', ({ payload }) => {
      if (payload.batchSize === 0) listener.onNothing(payload);
    });
    this.#consumer.on('consumer.network.request', ({ payload }) => {
      // Without being told to, the client commits in one case only: when it moves a lost place.
      if (payload.apiName === 'OffsetCommit') listener.onLost();
    });
    return new Promise((resolve, reject) => {
      this.#consumer.on('consumer.group_join', ({ payload }) => {
        for (const [topic, partitions] of Object.entries(payload.memberAssignment)) {
          this.#consumer.pause([{ topic, partitions }]);
        }
        listener.onJoined();
        resolve();
      });
      this.#consumer.on('consumer.crash', ({ payload }) => {
        if (payload.restart) {
          const fields = { groupId: this.#groupId, error: payload.error.message };
          return this.#link.connection.log('warn', 'the group is joined anew', fields);
        }
        listener.onFailed(payload.error);
        reject(payload.error);
      });
    });
  }

  /** Fetches a partition from an offset on. */
  fetch(topic: string, partition: number, offset: bigint): void {
    this.#whileMember(() => {
      this.#consumer.seek({ topic, partition, offset: String(offset) });
      this.#consumer.resume([{ topic, partitions: [partition] }]);
    });
  }

  pause(topic: string, partition: number): void {
    this.#whileMember(() => this.#consumer.pause([{ topic, partitions: [partition] }]));
  }

  /** Leaves the group, and removes it: brokers forget an empty one by themselves, after days. */
  async disconnect(): Promise<void> {
    await this.#consumer.disconnect();
    const admin = this.#link.client.admin({ retry: RETRY });
    await admin.connect();
    await admin.deleteGroups([this.#groupId]);
    await admin.disconnect();
  }

  /** Between a crash and the next join the client has no group and refuses; after that join the owner asks anew. */
  #whileMember(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#link.connection.log('debug', 'not a member of the group now', { error: String(error) });
    }
  }
}
