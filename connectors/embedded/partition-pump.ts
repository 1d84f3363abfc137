import type { FetchedBatch, KafkaRecord } from '../kafka/index.ts';
import type { PartitionLog } from './partition-log.ts';

/** How long a batch is waited for before the partition goes on, as the other transport does. */
const HOLD_MS = 500;
/** How long after a refusal the batch is offered again, where nothing else asks for it before. */
const REFUSED_MS = 10;

/** What a {@link PartitionPump} works with. */
export interface PartitionPumpOptions {
  readonly log: PartitionLog;
  readonly maxBytes: number;
  /** Where to begin when nobody has sought. */
  readonly start: () => bigint;
  /** The place to go on is not in the log; the partition is paused. */
  readonly onGone: () => void;
  readonly onBatch: (batch: FetchedBatch) => Promise<void> | undefined;
  readonly onFailed: (error: unknown) => void;
}

/** Gives the batches of one partition to its consumer, from an assignment to the next. Begins paused. */
export class PartitionPump {
  readonly #options: PartitionPumpOptions;
  #position: bigint | undefined;
  #paused = true;
  #stopped = false;
  #sought = false;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(options: PartitionPumpOptions) {
    this.#options = options;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#running ??= this.#run();
    this.#wake?.();
  }

  seek(offset: bigint): void {
    this.#position = offset;
    this.#sought = true;
    this.#wake?.();
  }

  /** Gives nothing more; resolves when the batch at work is done or has taken its time. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const unwatch = this.#options.log.changed.watch(() => this.#wake?.());
    try {
      while (!this.#stopped) {
        await this.#step();
      }
    } catch (error) {
      this.#options.onFailed(error);
    } finally {
      unwatch();
    }
  }

  async #step(): Promise<void> {
    if (this.#paused) return this.#woken();
    const { log, maxBytes, start, onBatch, onGone } = this.#options;
    this.#position ??= start();
    const from = this.#position;
    if (from < log.lowOffset || from > log.nextOffset) {
      this.pause();
      return onGone();
    }
    const { records, nextOffset } = log.read(from, { maxBytes });
    this.#position = nextOffset;
    if (records.length === 0) return nextOffset > from ? undefined : this.#woken();
    this.#sought = false;
    const highWatermarkOffset = log.nextOffset;
    const batch = { partition: log.partition, records, nextOffset, bytes: bytesHeld(records), highWatermarkOffset };
    const taken = onBatch(batch);
    if (taken === undefined) {
      if (!this.#sought) this.#position = from;
      return this.#woken(REFUSED_MS);
    }
    await within(taken, HOLD_MS);
    await new Promise((resolve) => setImmediate(resolve)); // others get their turn however fast this one is
  }

  /** Waits for a change, or no longer than a time. */
  #woken(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => this.#wake?.(), ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      if (this.#stopped) this.#wake();
    });
  }
}

/** Waits for work that belongs to somebody else, for so long at most; fails where it fails by then. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** With what a record costs besides its bytes. */
function bytesHeld(records: readonly KafkaRecord[]): number {
  let bytes = 0;
  for (const { key, value, headers } of records) {
    bytes += 64 + (key?.length ?? 0) + (value?.length ?? 0);
    for (const [name, header] of headers) bytes += name.length + header.length;
  }
  return bytes;
}
