import { ConnectorError } from '../../core/index.ts';
import { placeToGoOn } from './gone-place.ts';
import { type KafkaRecordBatch, PartitionTask } from './partition-task.ts';
import type { CommitOffset, KafkaSourceHandler } from './source-handler.ts';
import type { CheckedSourceOptions } from './source-options.ts';
import { TransactionError } from './transaction.ts';
import type { FetchedBatch, KafkaConsumer, LogBounds } from './transport.ts';

/** One run of a Kafka source: keeps a task for each partition that the group has given to this process. */
export class SourceRun {
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
      onGone: (partition, log) => this.#passGone(partition, log),
      onFailed: (error) => this.#stop(error),
    });
  }

  /** Brings the tasks in line with what the group has given us. All partitions are paused meanwhile. */
  async #assign(partitions: readonly number[], generation: number): Promise<void> {
    const stale = (): boolean => this.#stopping || generation !== this.#generation;
    this.#options.log('info', 'partitions assigned', { topic: this.#options.topic, partitions });
    // One that another has overtaken is not ours any more, and would be waited for.
    if (!stale()) this.#handler.onDealt?.(partitions);
    const gone = [...this.#tasks.values()].filter(({ partition }) => !partitions.includes(partition));
    const revoked = Promise.all(gone.map((task) => this.#revoke(task)));
    // What one partition waits for on its way here is no reason for the others to wait.
    const adopted = partitions.map(async (partition) => {
      if (!stale()) await this.#adopt(partition);
      if (!stale()) this.#go(partition);
    });
    await Promise.all([revoked, ...adopted]);
  }

  /** Keeps a partition's task while nobody has gone further than it; else begins anew at the committed offset. */
  async #adopt(partition: number): Promise<void> {
    const known = this.#tasks.get(partition);
    if (known !== undefined) {
      const committed = await this.#committed(partition);
      const overtaken = committed !== undefined && (known.doneOffset === undefined || committed > known.doneOffset);
      if (!overtaken && (this.#handler.canGoOn?.(partition) ?? true)) return known.rejoined(committed);
      await this.#revoke(known);
    }
    try {
      await this.#begin(partition);
    } catch (error) {
      if (!isFenced(error)) throw error;
      this.#options.log('info', 'partition fenced', { topic: this.#options.topic, partition });
      await this.#handler.onRevoked?.(partition, false);
      this.#readopt(partition);
    }
  }

  async #begin(partition: number): Promise<void> {
    const { topic, maxRecords, retry, commits } = this.#options;
    await this.#handler.onClaim?.(partition);
    const committed = await this.#committed(partition);
    const byHandler: CommitOffset = (offset) => this.#commit(partition, offset);
    let task: PartitionTask | undefined;
    const lost = (): void => {
      if (task !== undefined) this.#drop(task).catch(this.#stop);
    };
    await this.#handler.onAssigned?.(partition, committed, { commit: byHandler, lost });
    const from = this.#handler.readFrom?.(partition) ?? committed;
    const handle = (batch: KafkaRecordBatch): Promise<void> => this.#handler.onRecords(batch);
    const commit = commits === 'source' ? byHandler : async (): Promise<boolean> => true;
    task = new PartitionTask({ topic, partition, maxRecords, retry, handle, commit }, from);
    this.#tasks.set(partition, task);
  }

  async #committed(partition: number): Promise<bigint | undefined> {
    return (await this.#consumer.committed([partition])).get(partition);
  }

  /**
   * Gives up a partition that another process has taken. The next rebalance says whose it is; where none comes although the
   * group still calls it ours, as when a process that had it before woke up for a moment, it is begun anew.
   */
  async #drop(task: PartitionTask): Promise<void> {
    this.#options.log('info', 'partition fenced', { topic: this.#options.topic, partition: task.partition });
    if (this.#tasks.get(task.partition) !== task) return;
    await this.#revoke(task);
    this.#readopt(task.partition);
  }

  #readopt(partition: number): void {
    const generation = this.#generation;
    const isOver = (): boolean => this.#stopping || generation !== this.#generation;
    const timer = setTimeout(() => {
      if (isOver()) return;
      const adopt = async (): Promise<void> => {
        if (isOver()) return;
        await this.#adopt(partition);
        if (!isOver()) this.#go(partition);
      };
      this.#assigning = this.#assigning.then(adopt).catch(this.#stop);
    }, this.#options.sessionTimeoutMs);
    timer.unref();
  }

  #go(partition: number): void {
    const task = this.#tasks.get(partition);
    if (task === undefined) return;
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
      (error) => {
        // First out of the tasks, so that it is not resumed with those that wait for its room.
        if (isFenced(error)) this.#drop(task).catch(this.#stop);
        else this.#stop(error);
        this.#release(task, bytes);
      },
    );
  }

  /** The fetch loop's word that the next record of a partition is gone: a gap that nobody sees must not be. */
  #passGone(partition: number, log: LogBounds): void {
    const task = this.#tasks.get(partition);
    if (task === undefined || this.#stopping) return;
    const { topic, startFrom } = this.#options;
    try {
      this.#consumer.seek(partition, placeToGoOn({ topic, partition, startFrom, next: task.nextOffset, ...log }));
      if (!task.busy) this.#consumer.resume(partition);
    } catch (error) {
      this.#stop(error);
    }
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
    await this.#handler.onRevoked?.(task.partition, this.#stopping);
  }

  async #end(): Promise<void> {
    this.#stopping = true;
    try {
      await this.#drain();
    } finally {
      await this.#consumer.close();
    }
  }

  /** Everything that a partition has to do at the end counts: its batch, what the handler writes. */
  async #drain(): Promise<void> {
    const { drainMs, topic } = this.#options;
    const left = new Map<number, PartitionTask>();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), drainMs);
    });
    const drained = this.#drained(left);
    const outcome = await Promise.race([drained, late]).finally(() => clearTimeout(timer));
    if (outcome !== 'late') return;
    drained.catch(() => {}); // nobody waits for it any more
    const tasks = left.size > 0 ? left : this.#tasks;
    for (const task of tasks.values()) void task.abandon();
    const phase = (task: PartitionTask): string => (task.busy ? 'its batch is at work' : 'its end is being written');
    const named = [...tasks.values()].map((task) => `${task.partition} (${phase(task)})`);
    throw new ConnectorError(
      'CONNECTOR_FAILED',
      `Expected topic ${topic} to be done within ${drainMs} ms of the abort, left are ${left.size > 0 ? `partitions ${named.join(', ')}` : 'partitions that are about to begin'}`,
    );
  }

  async #drained(left: Map<number, PartitionTask>): Promise<void> {
    await this.#assigning;
    const tasks = [...this.#tasks.values()];
    for (const task of tasks) left.set(task.partition, task);
    await Promise.all(tasks.map((task) => task.drain()));
    for (const task of tasks) {
      await this.#revoke(task);
      left.delete(task.partition);
    }
  }
}

function isFenced(error: unknown): boolean {
  return error instanceof TransactionError && error.fault === 'fenced';
}
