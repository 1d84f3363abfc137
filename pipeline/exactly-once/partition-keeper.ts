import type { CommitOffset, KafkaRecordBatch, KafkaSourceHandler, PartitionControl } from '../../connectors/index.ts';
import { TransactionError } from '../../connectors/index.ts';
import type { EventLog } from '../operations/log-events.ts';
import type { RunObserver } from '../operations/run-event.ts';
import type { PartitionOwner, PartitionOwnerOptions } from './partition-owner.ts';
import type { PartitionWriter } from './partition-writer.ts';

/** Streams of a partition, and where its input goes on. */
export interface RestoredPartition {
  readonly state: PartitionOwnerOptions['state'];
  /** Where reading begins: at the committed offset, or before it where streams have to be brought up to date. */
  readonly from: bigint | undefined;
  /** Of the states that were read. */
  readonly bytes: number;
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
      /** Says that another process has the partition. */
      readonly lost: () => void;
    },
  ) => PartitionOwner;
  /** How long streams of a partition that was taken away are kept, in ms. */
  readonly graceMs: number;
  readonly observe: RunObserver;
  readonly log: EventLog;
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
  /** Of partitions on their way out, until that is done. */
  readonly #leaving = new Set<PartitionWriter>();
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

  onDealt(partitions: readonly number[]): void {
    this.#options.observe({ kind: 'assigned', partitions });
  }

  async onClaim(partition: number): Promise<void> {
    this.#options.observe({ kind: 'claimed', partition });
    const held: Held = {
      writer: this.#options.openWriter(partition, (offset) => held.commit(offset)),
      commit: async () => false,
      owner: undefined,
      from: undefined,
    };
    this.#held.set(partition, held);
    try {
      await held.writer.open();
    } catch (error) {
      if (isFenced(error)) this.#options.observe({ kind: 'fenced', partition });
      throw error;
    }
  }

  async onAssigned(partition: number, committed: bigint | undefined, control: PartitionControl): Promise<void> {
    const held = this.#held.get(partition) as Held;
    held.commit = control.commit;
    const startedMs = performance.now();
    const { state, from, bytes } =
      (await this.#takeWarm(partition, committed)) ?? (await this.#restored(partition, committed));
    held.owner = this.#options.openOwner(partition, { writer: held.writer, state, committed, lost: control.lost });
    held.from = from;
    const replayTo = state.streams.isReplaying ? committed : undefined;
    const ms = performance.now() - startedMs;
    this.#options.observe({ kind: 'restored', partition, streams: state.streams.size, bytes, ms, replayTo });
  }

  readFrom(partition: number): bigint | undefined {
    return this.#held.get(partition)?.from;
  }

  canGoOn(partition: number): boolean {
    return this.#held.get(partition)?.owner?.hasFailed === false;
  }

  async onRecords({ partition, records, nextOffset, highWatermarkOffset }: KafkaRecordBatch): Promise<void> {
    const owner = this.#held.get(partition)?.owner;
    if (owner === undefined) return;
    const { streams } = owner.state;
    const { observe } = this.#options;
    const tellLag = (next: bigint): void => {
      observe({ kind: 'lag', partition, records: highWatermarkOffset - next, streamTimeMs: streams.streamTimeMs });
    };
    const wasReplaying = streams.isReplaying;
    tellLag(records[0]?.offset ?? highWatermarkOffset);
    await owner.process(records);
    tellLag(nextOffset);
    if (wasReplaying && !streams.isReplaying) observe({ kind: 'live', partition });
  }

  async onRevoked(partition: number, ending: boolean): Promise<void> {
    const held = this.#held.get(partition);
    this.#held.delete(partition);
    this.#options.observe({ kind: 'released', partition });
    if (held === undefined) return;
    const { owner, writer } = held;
    this.#leaving.add(writer);
    try {
      await owner?.finish(ending);
    } catch (error) {
      // What was not written is made again by whoever has the partition now.
      if (!isFenced(error)) throw error;
    } finally {
      await writer.close();
      this.#leaving.delete(writer);
      if (owner !== undefined) await this.#letGo(partition, owner, ending);
    }
  }

  /** Releases everything, without writing; streams whose workers are busy are not waited for. */
  async close(): Promise<void> {
    for (const { state, timer } of this.#warm.values()) {
      clearTimeout(timer);
      void state.streams.close();
    }
    this.#warm.clear();
    const writers = [...this.#leaving, ...[...this.#held.values()].map(({ writer }) => writer)];
    await Promise.all(writers.map((writer) => writer.close()));
    for (const { owner } of this.#held.values()) void owner?.state.streams.close();
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
      bytes: restored.bytes,
      ms: Math.round(performance.now() - started),
    });
    return restored;
  }

  async #takeWarm(partition: number, committed: bigint | undefined): Promise<RestoredPartition | undefined> {
    const warm = this.#warm.get(partition);
    if (warm === undefined) return undefined;
    this.#warm.delete(partition);
    clearTimeout(warm.timer);
    if (warm.committed === committed) return { state: warm.state, from: committed, bytes: 0 };
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

function isFenced(error: unknown): boolean {
  return error instanceof TransactionError && error.fault === 'fenced';
}
