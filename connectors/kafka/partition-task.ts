import { AbortError, ConnectorError, LongwaveError } from '../../core/index.ts';
import type { FetchedBatch, KafkaRecord } from './transport.ts';

/** Records of one partition, handed to the handler of a {@link KafkaSource}. */
export interface KafkaRecordBatch {
  readonly topic: string;
  readonly partition: number;
  /** At least one, in order. The same array comes again when the batch is tried again. */
  readonly records: readonly KafkaRecord[];
  /** Where the partition goes on behind them: past markers of transactions and compacted records too. */
  readonly nextOffset: bigint;
  /** 1 at first; counts up when the handler failed with a retryable error. */
  readonly attempt: number;
  /** Aborts when the partition is lost or the drain time is over: nobody waits for the result any more. */
  readonly signal: AbortSignal;
  /** End of the partition when these records were fetched: its distance to them is the lag. */
  readonly highWatermarkOffset: bigint;
}

/** How a failed batch is tried again. */
export interface RetryPolicy {
  /** First pause in ms; it doubles from attempt to attempt. */
  readonly initialMs: number;
  readonly maxMs: number;
  readonly maxAttempts: number;
}

/** What a {@link PartitionTask} works with. */
export interface PartitionTaskOptions {
  readonly topic: string;
  readonly partition: number;
  readonly maxRecords: number;
  readonly retry: RetryPolicy;
  readonly handle: (batch: KafkaRecordBatch) => Promise<void>;
  /** Commits an offset as the next to read; `false` when that did not succeed. */
  readonly commit: (offset: bigint) => Promise<boolean>;
}

/**
 * One partition while this process owns it: hands over its records in order, a piece at a time, and commits each
 * piece once the handler's promise has resolved.
 */
export class PartitionTask {
  readonly partition: number;
  readonly #options: PartitionTaskOptions;
  readonly #lost = new AbortController();
  #draining = false;
  #wake: (() => void) | undefined;
  #work: Promise<void> = Promise.resolve();
  #next: bigint | undefined;
  #done: bigint | undefined;
  #committed: bigint | undefined;
  #busy = false;

  constructor(options: PartitionTaskOptions, committed: bigint | undefined) {
    this.partition = options.partition;
    this.#options = options;
    this.#next = committed;
    this.#done = committed;
    this.#committed = committed;
  }

  /** Next offset to fetch; `undefined` until a first batch came where the group had none committed. */
  get nextOffset(): bigint | undefined {
    return this.#next;
  }

  /** All records before this offset have been handled. */
  get doneOffset(): bigint | undefined {
    return this.#done;
  }

  /** A batch is at work. */
  get busy(): boolean {
    return this.#busy;
  }

  /**
   * Works through a batch. Calls must not overlap: see {@link busy}.
   * @throws the handler's error when it is final
   */
  process(batch: FetchedBatch): Promise<void> {
    this.#busy = true;
    const from = this.#next;
    const records = from === undefined ? batch.records : batch.records.filter(({ offset }) => offset >= from);
    if (from === undefined || batch.nextOffset > from) this.#next = batch.nextOffset;
    const work = this.#run(records, batch).finally(() => {
      this.#busy = false;
    });
    this.#work = work.catch(() => {});
    return work;
  }

  /** Commits what has been handled but, after a failed commit or a rebalance, is not known to be committed. */
  async commitDone(): Promise<void> {
    if (this.#done === undefined || this.#done === this.#committed || this.#lost.signal.aborted) return;
    const offset = this.#done;
    if (await this.#options.commit(offset)) this.#committed = offset;
  }

  /** After a rebalance: what the group really has committed. */
  rejoined(committed: bigint | undefined): void {
    this.#committed = committed;
  }

  /** No further piece is begun, the one at work is finished and committed. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#wake?.();
    await this.#work;
  }

  /** The partition is lost: tells the handler, commits nothing more, resolves when the handler has ended. */
  async abandon(): Promise<void> {
    this.#lost.abort(new AbortError('ABORTED', `Partition ${this.partition} of ${this.#options.topic} was taken away`));
    await this.drain();
  }

  async #run(records: readonly KafkaRecord[], batch: FetchedBatch): Promise<void> {
    const { maxRecords } = this.#options;
    for (let at = 0; at < records.length; at += maxRecords) {
      const piece = records.slice(at, at + maxRecords);
      const nextOffset = at + maxRecords < records.length ? piece.at(-1)!.offset + 1n : batch.nextOffset;
      if (!(await this.#handle(piece, { ...batch, nextOffset }))) return;
      this.#done = nextOffset;
      await this.commitDone();
    }
  }

  /** Whether the piece was handled; `false` when the task ended before. */
  async #handle(
    records: readonly KafkaRecord[],
    { nextOffset, highWatermarkOffset }: Pick<FetchedBatch, 'nextOffset' | 'highWatermarkOffset'>,
  ): Promise<boolean> {
    const { topic, retry, handle } = this.#options;
    const { partition } = this;
    let pauseMs = retry.initialMs;
    for (let attempt = 1; ; attempt++) {
      if (this.#draining) return false;
      try {
        const { signal } = this.#lost;
        await handle({ topic, partition, records, nextOffset, attempt, signal, highWatermarkOffset });
        return !this.#lost.signal.aborted;
      } catch (error) {
        if (this.#lost.signal.aborted) return false;
        const final = asLongwaveError(error, { topic, partition, offset: records[0]!.offset });
        if (!final.retryable || attempt >= retry.maxAttempts) throw final;
      }
      await this.#pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, retry.maxMs);
    }
  }

  /** Waits, but no longer than until the task is to end. */
  async #pause(ms: number): Promise<void> {
    if (this.#draining) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}

function asLongwaveError(error: unknown, at: { topic: string; partition: number; offset: bigint }): LongwaveError {
  if (error instanceof LongwaveError) return error;
  const said = error instanceof Error ? error.message : String(error);
  return new ConnectorError(
    'CONNECTOR_FAILED',
    `Expected the records of topic ${at.topic}, partition ${at.partition} from offset ${at.offset} on to be handled, got: ${said}`,
    { cause: error },
  );
}
