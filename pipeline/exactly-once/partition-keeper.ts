import type { CommitOffset, KafkaRecordBatch, KafkaSourceHandler } from '../../connectors/index.ts';
import { TransactionError } from '../../connectors/index.ts';
import type { PartitionOwner, PartitionOwnerOptions } from './partition-owner.ts';
import type { PartitionWriter } from './partition-writer.ts';

/** Streams of a partition, and where its input goes on. */
export interface RestoredPartition {
  readonly state: PartitionOwnerOptions['state'];
  /** Where reading begins: at the committed offset, or before it where streams have to be brought up to date. */
  readonly from: bigint | undefined;
}

/** What {@link PartitionKeeper} works with. */
export interface PartitionKeeperOptions {
  readonly openWriter: (partition: number, commit: CommitOffset) => PartitionWriter;
  readonly restore: (partition: number, committed: bigint | undefined) => Promise<RestoredPartition>;
  readonly openOwner: (
    partition: number,
    parts: {
      readonly writer: PartitionWriter;
      readonly state: PartitionOwnerOptions['state'];
      readonly committed: bigint | undefined;
    },
  ) => PartitionOwner;
  /** How long streams of a partition that was taken away are kept, in ms. */
  readonly graceMs: number;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

interface Held {
  readonly writer: PartitionWriter;
  commit: CommitOffset;
  owner: PartitionOwner | undefined;
  from: bigint | undefined;
}

interface Warm {
  readonly state: PartitionOwnerOptions['state'];
  readonly committed: bigint | undefined;
  readonly timer: NodeJS.Timeout;
}

/** The partitions that this process holds: claims them, restores their streams, works on them and lets them go. */
export class PartitionKeeper implements KafkaSourceHandler {
  readonly #options: PartitionKeeperOptions;
  readonly #held = new Map<number, Held>();
  readonly #warm = new Map<number, Warm>();

  constructor(options: PartitionKeeperOptions) {
    this.#options = options;
  }

  /** Those at work. */
  get owners(): ReadonlyMap<number, PartitionOwner> {
    return new Map(
      [...this.#held].flatMap(([partition, { owner }]) => (owner === undefined ? [] : [[partition, owner]])),
    );
  }

  async onClaim(partition: number): Promise<void> {
    const held: Held = {
      writer: this.#options.openWriter(partition, (offset) => held.commit(offset)),
      commit: async () => false,
      owner: undefined,
      from: undefined,
    };
    this.#held.set(partition, held);
    await held.writer.open();
  }

  async onAssigned(partition: number, committed: bigint | undefined, commit: CommitOffset): Promise<void> {
    const held = this.#held.get(partition) as Held;
    held.commit = commit;
    const { state, from } =
      (await this.#takeWarm(partition, committed)) ?? (await this.#restored(partition, committed));
    held.owner = this.#options.openOwner(partition, { writer: held.writer, state, committed });
    held.from = from;
  }

  readFrom(partition: number): bigint | undefined {
    return this.#held.get(partition)?.from;
  }

  canGoOn(partition: number): boolean {
    return this.#held.get(partition)?.owner?.hasFailed === false;
  }

  async onRecords({ partition, records }: KafkaRecordBatch): Promise<void> {
    await this.#held.get(partition)?.owner?.process(records);
  }

  async onRevoked(partition: number, ending: boolean): Promise<void> {
    const held = this.#held.get(partition);
    this.#held.delete(partition);
    if (held === undefined) return;
    const { owner, writer } = held;
    try {
      await owner?.finish(ending);
    } catch (error) {
      // What was not written is made again by whoever has the partition now.
      if (!(error instanceof TransactionError && error.fault === 'fenced')) throw error;
    } finally {
      await writer.close();
      if (owner !== undefined) await this.#letGo(partition, owner, ending);
    }
  }

  /** Releases everything, without writing. */
  async close(): Promise<void> {
    for (const { state, timer } of this.#warm.values()) {
      clearTimeout(timer);
      await state.streams.close();
    }
    this.#warm.clear();
    for (const { owner, writer } of this.#held.values()) {
      await writer.close();
      await owner?.state.streams.close();
    }
    this.#held.clear();
  }

  async #restored(partition: number, committed: bigint | undefined): Promise<RestoredPartition> {
    const started = performance.now();
    const restored = await this.#options.restore(partition, committed);
    this.#options.log('restored', {
      partition,
      committed: committed === undefined ? null : String(committed),
      from: restored.from === undefined ? null : String(restored.from),
      streams: restored.state.streams.size,
      ms: Math.round(performance.now() - started),
    });
    return restored;
  }

  async #takeWarm(partition: number, committed: bigint | undefined): Promise<RestoredPartition | undefined> {
    const warm = this.#warm.get(partition);
    if (warm === undefined) return undefined;
    this.#warm.delete(partition);
    clearTimeout(warm.timer);
    if (warm.committed === committed) return { state: warm.state, from: committed };
    await warm.state.streams.close();
    return undefined;
  }

  async #letGo(partition: number, owner: PartitionOwner, ending: boolean): Promise<void> {
    const { state, committed } = owner;
    const { graceMs } = this.#options;
    if (ending || graceMs === 0 || !owner.isSettled || state.streams.isReplaying) return state.streams.close();
    const timer = setTimeout(() => {
      this.#warm.delete(partition);
      void state.streams.close();
    }, graceMs);
    timer.unref();
    this.#warm.set(partition, { state, committed, timer });
  }
}
