import { ConnectorError } from '../../core/index.ts';
import type { GroupOffset } from '../kafka/index.ts';
import type { CheckedBrokerOptions } from './broker-options.ts';
import type { BrokerStorage, TopicDefinition } from './broker-storage.ts';
import { ConsumerGroup } from './consumer-group.ts';
import type { GroupOffsets } from './group-offsets.ts';
import type { Checkpoint, CommitEntry, JournalEntry } from './journal.ts';
import type { PartitionLog } from './partition-log.ts';
import type { TopicTable } from './topic-table.ts';
import { TransactionCoordinator, type TransactionHost } from './transaction-coordinator.ts';

/** What all clients of a broker are told of where it is. */
export const EMBEDDED_BROKERS: readonly string[] = ['embedded'];

/** What a {@link BrokerCore} begins with. */
export interface BrokerState {
  readonly storage: BrokerStorage;
  readonly topics: TopicTable;
  readonly offsets: GroupOffsets;
  readonly nextTransaction: number;
  readonly rolledBack: readonly number[];
}

/** What the clients of one broker share. */
export class BrokerCore implements TransactionHost {
  readonly options: CheckedBrokerOptions;
  readonly topics: TopicTable;
  readonly offsets: GroupOffsets;
  readonly transactions: TransactionCoordinator;
  readonly #storage: BrokerStorage;
  readonly #rolledBack: readonly number[];
  readonly #groups = new Map<string, ConsumerGroup>();
  readonly #watchers = new Set<(error: ConnectorError) => void>();
  #ended: ConnectorError | undefined;

  constructor(options: CheckedBrokerOptions, state: BrokerState) {
    this.options = options;
    this.topics = state.topics;
    this.offsets = state.offsets;
    this.#storage = state.storage;
    this.#rolledBack = state.rolledBack;
    this.transactions = new TransactionCoordinator(this, state.nextTransaction);
  }

  get clock(): CheckedBrokerOptions['clock'] {
    return this.options.clock;
  }

  get durable(): boolean {
    return this.options.durable;
  }

  /**
   * Each call of a client begins here.
   * @throws ConnectorError `CONNECTOR_UNREACHABLE` after the end
   */
  use(): void {
    this.requireOpen();
    this.transactions.expire();
  }

  /** @throws ConnectorError `CONNECTOR_UNREACHABLE` after the end */
  requireOpen(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }

  group(groupId: string): ConsumerGroup {
    const group = this.#groups.get(groupId) ?? new ConsumerGroup((topic) => this.topics.get(topic).logs.length);
    this.#groups.set(groupId, group);
    return group;
  }

  /** Makes a topic, where there is none of its name. */
  createTopic(definition: TopicDefinition): void {
    if (!this.topics.has(definition.topic)) this.topics.add(definition, this.#storage.createTopic(definition));
  }

  /** Commits the place of a group outside of any transaction. */
  async commitOffset(place: GroupOffset): Promise<void> {
    this.#storage.append({ type: 'offset', ...place });
    if (this.durable) await this.#storage.syncJournal();
    this.requireOpen();
    this.offsets.set(place);
    this.#checkpoint();
  }

  decide(entry: CommitEntry): void {
    this.#storage.append(entry);
  }

  syncJournal(): Promise<void> {
    return this.#storage.syncJournal();
  }

  applyOffsets(offsets: readonly GroupOffset[]): void {
    for (const place of offsets) this.offsets.set(place);
    this.#checkpoint();
  }

  endOf(topic: string, partition: number): bigint {
    return this.topics.log(topic, partition).nextOffset;
  }

  trim(topic: string, partition: number, offset: bigint): void {
    const log = this.topics.log(topic, partition);
    log.trim(offset);
    this.#storage.append({ type: 'low', topic, partition, offset: log.lowOffset });
  }

  /** Where it fails the broker fails, since the files may be half exchanged; the next opening settles them. */
  compact(log: PartitionLog): void {
    try {
      log.compact(this.clock.now() - log.settings.deleteRetentionMs);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Compacts where enough has come for that. */
  compactIfDue(log: PartitionLog): void {
    const { dirty, clean } = log.compactionBytes;
    if (log.settings.compact && dirty >= this.options.compactDirtyBytes && dirty >= clean) this.compact(log);
  }

  fail(error: unknown): void {
    const said = error instanceof Error ? error.message : String(error);
    const message = `Expected the embedded broker to go on, it failed: ${said}`;
    this.#end(new ConnectorError('CONNECTOR_UNREACHABLE', message, { cause: error }), () => this.#storage.release());
  }

  /** @throws ConnectorError `CONNECTOR_FAILED` where not all is known to be safe on disk */
  close(): void {
    const message = 'Expected the embedded broker to be open, it is closed';
    const error = new ConnectorError('CONNECTOR_UNREACHABLE', message, { retryable: true });
    this.#end(error, () => this.#storage.close());
  }

  /** Calls `watcher` once when the broker ends. */
  onEnd(watcher: (error: ConnectorError) => void): () => void {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  #end(error: ConnectorError, leave: () => void): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.transactions.close();
    try {
      leave();
    } finally {
      for (const watcher of [...this.#watchers]) watcher(error);
    }
  }

  #checkpoint(): void {
    if (!this.#storage.checkpointDue) return;
    const logs = [...this.topics.logs()];
    const state: Checkpoint = {
      settledBelow: this.transactions.nextNumber,
      unsettled: this.transactions.openNumbers,
      rolledBack: this.#rolledBack,
      ends: logs.map(({ topic, partition, nextOffset: end }) => ({ topic, partition, end })),
      offsets: [...this.offsets.all()],
      lows: logs.map(({ topic, partition, lowOffset: end }) => ({ topic, partition, end })),
    };
    const carried: readonly JournalEntry[] = this.transactions.decided;
    try {
      this.#storage.checkpoint(state, carried);
    } catch (error) {
      this.fail(error);
    }
  }
}
