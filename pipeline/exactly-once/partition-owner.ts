import type { KafkaRecord } from '../../connectors/index.ts';
import type { LiveStream } from './live-stream.ts';
import type { PartitionState } from './partition-state.ts';
import type { PartitionWriter, WritableUnit } from './partition-writer.ts';
import { type SnapshotLimits, SnapshotSchedule } from './snapshot-schedule.ts';
import { type Unit, UnitBuilder } from './unit.ts';

/** When a partition commits. */
export interface CommitLimits {
  /** So long after the first record that is not committed, in ms. */
  readonly commitMs: number;
  /** When so many bytes of findings wait. */
  readonly commitBytes: number;
}

/** What a commit took. */
export interface CommitCost {
  readonly ms: number;
  /** Of states that were written. */
  readonly stateBytes: number;
}

/** What {@link PartitionOwner} works with. */
export interface PartitionOwnerOptions {
  readonly limits: CommitLimits & SnapshotLimits;
  readonly writer: PartitionWriter;
  readonly state: Pick<PartitionState, 'streams' | 'checkpoint'>;
  /** The committed offset, `undefined` where the group has none. */
  readonly committed: bigint | undefined;
  /** The findings and dead letters of a unit as they are written. */
  readonly toRecords: (unit: Unit) => Pick<WritableUnit, 'records' | 'findings'>;
  /** Told when a unit is written. */
  readonly onWritten: (unit: Unit, cost: CommitCost) => void;
  /** Told of a fault of a commit; the next call throws it as well. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * A partition while it is at work: takes records, gathers what they come to, and writes it a unit at a time. While a unit is
 * being written the next one fills, up to `commitBytes`; then records wait. A unit is kept until it is known to be written, so
 * a fault costs no state: the streams need not go back.
 */
export class PartitionOwner {
  readonly state: PartitionOwnerOptions['state'];
  readonly #options: PartitionOwnerOptions;
  readonly #schedule: SnapshotSchedule;
  readonly #unit = new UnitBuilder();
  #committed: bigint | undefined;
  #gatheredSinceMs = 0;
  #isProcessing = false;
  #isFinishing = false;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: PartitionOwnerOptions) {
    this.state = options.state;
    this.#options = options;
    this.#committed = options.committed;
    this.#schedule = new SnapshotSchedule(options.limits);
    for (const stream of options.state.streams.streams) {
      if (stream.bytesSinceSnapshot > 0) this.#schedule.touched(stream, performance.now());
    }
  }

  /** The next offset to read, as far as is written. */
  get committed(): bigint | undefined {
    return this.#committed;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Everything taken is written. */
  get isSettled(): boolean {
    return this.#failure === undefined && this.#unit.isEmpty && this.#writing === undefined;
  }

  /** Takes records; resolves when there is room for the next. Calls must not overlap. */
  async process(records: readonly KafkaRecord[]): Promise<void> {
    const { commitBytes } = this.#options.limits;
    while (this.#writing !== undefined && this.#unit.bytes >= commitBytes) await this.#writing;
    this.#throwFailure();
    this.#isProcessing = true;
    try {
      const steps = await this.state.streams.process(records);
      // What was committed before a restart only brings the streams up to date.
      const live = steps.filter(({ cause }) => this.#committed === undefined || cause.offset >= this.#committed);
      if (this.#unit.isEmpty) this.#gatheredSinceMs = performance.now();
      this.#unit.add(live);
      const { moved, ended } = this.state.streams.takeMoves();
      for (const stream of moved) this.#schedule.touched(stream, performance.now());
      for (const stream of ended) this.#schedule.forget(stream);
    } catch (error) {
      // Some streams have taken their records, some have not: what they are now belongs to no offset.
      this.#failure = { error };
      throw error;
    } finally {
      this.#isProcessing = false;
    }
    this.#evaluate();
    this.#throwFailure();
  }

  /** Writes what is left, with the states of all streams where `withStates`, and takes no more. */
  async finish(withStates: boolean): Promise<void> {
    this.#isFinishing = true;
    clearTimeout(this.#timer);
    await this.#writing;
    do {
      this.#throwFailure();
      const states = withStates && !this.state.streams.isReplaying ? this.#schedule.take(Number.POSITIVE_INFINITY) : [];
      if (this.#unit.isEmpty && states.length === 0) break;
      await this.#write(states);
    } while (withStates);
    this.#throwFailure();
  }

  #evaluate(): void {
    clearTimeout(this.#timer);
    if (this.#isProcessing || this.#isFinishing || this.#writing !== undefined || this.#failure !== undefined) return;
    if (this.state.streams.isReplaying) return;
    const now = performance.now();
    const { commitMs, commitBytes } = this.#options.limits;
    const dueMs = this.#unit.isEmpty ? Number.POSITIVE_INFINITY : this.#gatheredSinceMs + commitMs;
    const nextMs = Math.min(dueMs, this.#schedule.dueMs);
    if (nextMs <= now || this.#unit.bytes >= commitBytes) {
      this.#writing = this.#write(this.#schedule.take(now)).finally(() => {
        this.#writing = undefined;
        this.#evaluate();
      });
    } else if (nextMs < Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(() => this.#evaluate(), Math.ceil(nextMs - now));
      this.#timer.unref();
    }
  }

  /** Never rejects: a fault is kept for the next call. */
  async #write(states: readonly LiveStream[]): Promise<void> {
    const from = this.#committed;
    try {
      const unit = this.#unit.take(from ?? 0n);
      const { toRecords, writer, onWritten } = this.#options;
      // Fixed before the next record moves a stream.
      const checkpoint = this.state.checkpoint(unit.offset, states);
      const { write, written, stateBytes } = await checkpoint;
      const startedMs = performance.now();
      await writer.write({ from, offset: unit.offset, ...toRecords(unit), writeCheckpoint: write });
      written();
      this.#committed = unit.offset;
      onWritten(unit, { ms: performance.now() - startedMs, stateBytes });
    } catch (error) {
      this.#failure = { error };
      this.#options.onFailed(error);
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
