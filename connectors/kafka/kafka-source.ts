import { ConnectorError } from '../../core/index.ts';
import { type KafkaRecordBatch, PartitionTask } from './partition-task.ts';
import { type CheckedSourceOptions, checkSourceOptions, type KafkaSourceOptions } from './source-options.ts';
import type { FetchedBatch, KafkaConsumer } from './transport.ts';

/** What is done with the records. Per partition the calls are onAssigned, onRecords one after the other, onRevoked. */
export interface KafkaSourceHandler {
  /**
   * A partition begins with fresh state at `offset`, the committed one (`undefined`: `startFrom` decides). A
   * partition that comes back after a rebalance at a place this process has handled itself goes on without a call.
   */
  onAssigned?(partition: number, offset: bigint | undefined): void | Promise<void>;
  /**
   * Handles records in order. When the promise resolves they are committed, so it must not resolve before every
   * output has been acknowledged. A retryable error brings the same `records` array again (`attempt` + 1): state
   * that has advanced over them must be kept together with the outputs made, or be put back. Any other error ends `run`.
   */
  onRecords(batch: KafkaRecordBatch): Promise<void>;
  /** The partition is over: it was taken away, or `run` ends. No call for it is at work any more. */
  onRevoked?(partition: number): void | Promise<void>;
}

/** A topic, read as a member of a consumer group. */
export interface KafkaSource {
  readonly name: string;
  /**
   * Reads until the signal aborts: then finishes and commits the batches at work, leaves the group and resolves.
   * @throws ConnectorError `CONNECTOR_UNREACHABLE`, `CONNECTOR_FAILED`, or the handler's own final error
   */
  run(handler: KafkaSourceHandler, signal: AbortSignal): Promise<void>;
}

/**
 * A source that delivers **at least once**: an offset is committed only after the handler has resolved for all
 * records before it. After a restart, or when a partition moves to another process, work goes on at the committed
 * offset with *fresh* state, and records that were handled but not yet committed come again.
 *
 * Partitions are worked on concurrently, each strictly in order. A partition is paused while its batch is at work, so
 * at most one fetched batch a partition and `maxInFlightBytes` in all are held; heartbeats come from the fetch loop
 * and never wait for the handler.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function kafkaSource(options: KafkaSourceOptions): KafkaSource {
  const checked = checkSourceOptions(options);
  return {
    name: `kafka:${checked.topic}`,
    run: (handler, signal) => new SourceRun(checked, handler).run(signal),
  };
}

class SourceRun {
  readonly #options: CheckedSourceOptions;
  readonly #handler: KafkaSourceHandler;
  readonly #tasks = new Map<number, PartitionTask>();
  readonly #refused = new Set<number>();
  #consumer!: KafkaConsumer;
  #inFlightBytes = 0;
  #generation = 0;
  #assigning: Promise<void> = Promise.resolve();
  #stopping = false;
  #stop!: (error?: unknown) => void;

  constructor(options: CheckedSourceOptions, handler: KafkaSourceHandler) {
    this.#options = options;
    this.#handler = handler;
  }

  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const stopped = new Promise<void>((resolve, reject) => {
      this.#stop = (error) => {
        if (!this.#stopping && error !== undefined) reject(error);
        else resolve();
        this.#stopping = true;
      };
    });
    stopped.catch(() => {});
    const onAbort = (): void => this.#stop();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const opening = this.#open();
      await Promise.race([opening, stopped]);
      if (this.#stopping) {
        opening.then((consumer) => consumer.close()).catch(() => {});
        return;
      }
      this.#consumer = await opening;
      await Promise.race([stopped, this.#start().then(() => stopped)]).catch(async (error: unknown) => {
        await this.#end().catch(() => {}); // the first error is the one to tell
        throw error;
      });
      await this.#end();
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #open(): Promise<KafkaConsumer> {
    const { transport, topic, groupId, startFrom, maxBytesPerPartition, maxInFlightBytes } = this.#options;
    const { sessionTimeoutMs, outageMs } = this.#options;
    const maxBytesPerFetch = Math.min(maxInFlightBytes, 16 * 2 ** 20);
    const limits = { maxBytesPerPartition, maxBytesPerFetch, sessionTimeoutMs, outageMs };
    return transport.consumer({ topic, groupId, startFrom, ...limits });
  }

  async #start(): Promise<void> {
    await this.#consumer.start({
      onAssigned: (partitions) => {
        const generation = ++this.#generation;
        this.#assigning = this.#assigning.then(() => this.#assign(partitions, generation)).catch(this.#stop);
      },
      onBatch: (batch) => this.#take(batch),
      onFailed: (error) => this.#stop(error),
    });
  }

  /** Brings the tasks in line with what the group has given us. All partitions are paused meanwhile. */
  async #assign(partitions: readonly number[], generation: number): Promise<void> {
    const stale = (): boolean => this.#stopping || generation !== this.#generation;
    this.#options.log('info', 'partitions assigned', { topic: this.#options.topic, partitions });
    const gone = [...this.#tasks.values()].filter(({ partition }) => !partitions.includes(partition));
    const revoked = Promise.all(gone.map((task) => this.#revoke(task)));
    const committed = partitions.length === 0 ? new Map() : await this.#consumer.committed(partitions);
    const adopted = partitions.map(async (partition) => {
      if (!stale()) await this.#adopt(partition, committed.get(partition));
      if (!stale()) this.#go(partition);
    });
    await Promise.all([revoked, ...adopted]);
  }

  /** Keeps a partition's task while nobody has gone further than it; else begins anew at the committed offset. */
  async #adopt(partition: number, committed: bigint | undefined): Promise<void> {
    const known = this.#tasks.get(partition);
    if (known !== undefined) {
      const overtaken = committed !== undefined && (known.doneOffset === undefined || committed > known.doneOffset);
      if (!overtaken) return known.rejoined(committed);
      await this.#revoke(known);
    }
    const { topic, maxRecords, retry } = this.#options;
    await this.#handler.onAssigned?.(partition, committed);
    const handle = (batch: KafkaRecordBatch): Promise<void> => this.#handler.onRecords(batch);
    const commit = (offset: bigint): Promise<boolean> => this.#commit(partition, offset);
    this.#tasks.set(partition, new PartitionTask({ topic, partition, maxRecords, retry, handle, commit }, committed));
  }

  #go(partition: number): void {
    const task = this.#tasks.get(partition)!;
    if (task.nextOffset !== undefined) this.#consumer.seek(partition, task.nextOffset);
    if (!task.busy) this.#consumer.resume(partition);
    task.commitDone().catch(this.#stop);
  }

  #take(batch: FetchedBatch): Promise<void> | undefined {
    const { partition, bytes } = batch;
    const task = this.#tasks.get(partition);
    if (task === undefined || task.busy || this.#stopping) return undefined;
    this.#consumer.pause(partition);
    if (this.#inFlightBytes > 0 && this.#inFlightBytes + bytes > this.#options.maxInFlightBytes) {
      this.#refused.add(partition);
      return undefined;
    }
    this.#inFlightBytes += bytes;
    return task.process(batch).then(
      () => this.#release(task, bytes),
      (error) => this.#stop(error),
    );
  }

  #release(task: PartitionTask, bytes: number): void {
    this.#inFlightBytes -= bytes;
    if (this.#stopping) return;
    const waiting = [...this.#refused, task.partition];
    this.#refused.clear();
    for (const partition of waiting) {
      if (this.#tasks.get(partition)?.busy === false) this.#consumer.resume(partition);
    }
  }

  /** A failed commit is no failure of the work: it is made up for by the next one, at worst records come again. */
  async #commit(partition: number, offset: bigint): Promise<boolean> {
    const { topic, log } = this.#options;
    try {
      await this.#consumer.commit(partition, offset);
      return true;
    } catch (error) {
      log('warn', 'offset not committed', { topic, partition, offset: String(offset), error: String(error) });
      return false;
    }
  }

  async #revoke(task: PartitionTask): Promise<void> {
    this.#tasks.delete(task.partition);
    this.#refused.delete(task.partition);
    await task.abandon();
    await this.#handler.onRevoked?.(task.partition);
  }

  async #end(): Promise<void> {
    this.#stopping = true;
    try {
      await this.#drain();
    } finally {
      await this.#consumer.close();
    }
  }

  async #drain(): Promise<void> {
    const { drainMs, topic } = this.#options;
    const tasks = (): PartitionTask[] => [...this.#tasks.values()];
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), drainMs);
    });
    const drained = this.#assigning.then(() => Promise.all(tasks().map((task) => task.drain())));
    const outcome = await Promise.race([drained, late]);
    clearTimeout(timer);
    if (outcome === 'late') {
      for (const task of tasks()) void task.abandon();
      const busy = tasks().flatMap((task) => (task.busy ? [task.partition] : []));
      throw new ConnectorError(
        'CONNECTOR_FAILED',
        `Expected the batches of topic ${topic}, partitions ${busy.join(', ')} to be done within ${drainMs} ms of the abort, they are not`,
      );
    }
    for (const task of tasks()) await this.#revoke(task);
  }
}
