import {
  deadLetterRecord,
  jsonDecoder,
  type KafkaAdmin,
  type KafkaTransport,
  type PartitionReader,
  pcmDecoder,
  type RecordDecoder,
} from '../../connectors/index.ts';
import { LateEventError, StateError } from '../../core/index.ts';
import { type Checkpoint, CheckpointWriter, loadCheckpoint } from '../checkpoint/index.ts';
import type { InputOrderConfig } from '../config/input-schema.ts';
import type { PipelineConfig } from '../config/schema.ts';
import { requireChunkFits } from '../streams/chunk-fit.ts';
import { StreamTask } from '../streams/stream-task.ts';
import type { ModelPool } from '../workers/model-pool.ts';
import type { ModelSpec } from '../workers/model-spec.ts';
import type { KafkaTopics } from './kafka-topics.ts';
import { LiveStreams } from './live-streams.ts';
import type { RestoredPartition } from './partition-keeper.ts';
import { PartitionState } from './partition-state.ts';
import { restoreStreams } from './restore-streams.ts';

/** What {@link PartitionRestorer} works with. */
export interface PartitionRestorerOptions {
  readonly pool: ModelPool;
  readonly spec: ModelSpec;
  /** Names of the channels. */
  readonly columns: readonly string[];
  readonly kafka: NonNullable<PipelineConfig['source']['kafka']>;
  readonly topics: KafkaTopics;
  readonly transport: KafkaTransport;
  readonly settings: { readonly idleMs: number };
  readonly order: InputOrderConfig;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** Brings the streams of partitions back to where their last commit left them. */
export class PartitionRestorer {
  readonly #options: PartitionRestorerOptions;
  #reader: PartitionReader | undefined;
  /** A reader reads one range at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: PartitionRestorerOptions) {
    this.#options = options;
  }

  /**
   * @param committed the group's offset of the partition, `undefined` where it has none
   * @throws StateError `INPUT_EXPIRED`, `CHECKPOINT_MISMATCH`; ConnectorError; WorkerError
   */
  restore(partition: number, committed: bigint | undefined): Promise<RestoredPartition> {
    const restored = this.#turn.then(() => this.#restore(partition, committed));
    this.#turn = restored.catch(() => undefined);
    return restored;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#reader?.close();
  }

  async #restore(partition: number, committed: bigint | undefined): Promise<RestoredPartition> {
    const { transport, topics } = this.#options;
    const admin = await transport.admin();
    try {
      const decoder = this.#decoder();
      const streams = this.#streams(decoder);
      const checkpoint = await this.#load(admin, partition, committed);
      if (checkpoint === undefined || committed === undefined) {
        await this.#requireHeld(admin, { partition, offset: committed, why: 'the committed offset' });
        const writer = new CheckpointWriter({ partition, topics: topics.checkpoint });
        return { state: new PartitionState(streams, writer), from: committed, bytes: 0 };
      }
      const { pool, spec, columns, order } = this.#options;
      const restored = await restoreStreams(checkpoint, {
        ...{ decoder, order },
        restore: (streamId, bytes) => StreamTask.restore(pool, { spec, columns, streamId, bytes }),
        open: (streamId) => new StreamTask(pool, { spec, columns, streamId }),
        committed,
        isExact: topics.isExact,
      });
      for (const fault of checkpoint.faults) {
        this.#options.log('checkpoint-fault', { partition, code: fault.code, message: fault.message });
      }
      const { from, furthest, bytes } = restored;
      const why = furthest === undefined ? 'the committed offset' : `the state of stream ${furthest}`;
      await this.#requireHeld(admin, { partition, offset: from, why });
      streams.resume(restored.streams, restored.place);
      const writer = new CheckpointWriter({ partition, topics: topics.checkpoint, slots: checkpoint.slots });
      return { state: new PartitionState(streams, writer), from, bytes };
    } finally {
      await admin.close();
    }
  }

  /** What was written of the partition; `undefined` where nothing was. */
  async #load(admin: KafkaAdmin, partition: number, committed: bigint | undefined): Promise<Checkpoint | undefined> {
    const { topics, transport, kafka } = this.#options;
    const { state, snapshots } = topics.checkpoint;
    const bounds = (await admin.offsets(state)).find((one) => one.partition === partition);
    if (bounds === undefined || bounds.low === bounds.high) return undefined;
    this.#reader ??= await transport.reader({ topics: [state, snapshots], groupId: kafka.groupId });
    const parts = { admin, reader: this.#reader, partition, topics: topics.checkpoint };
    const checkpoint = await loadCheckpoint({ ...parts, committedOffset: committed ?? 0n });
    this.#requireOfOffset(checkpoint, partition, committed);
    return checkpoint.partition === undefined && checkpoint.streams.size === 0 ? undefined : checkpoint;
  }

  /** State and offset are written together: that they differ means that somebody has moved one of them. */
  #requireOfOffset(
    { partition: progress, isAhead, streams }: Checkpoint,
    partition: number,
    committed: bigint | undefined,
  ): void {
    const { topics, kafka } = this.#options;
    if (progress === undefined && streams.size > 0) {
      throw new StateError(
        'CHECKPOINT_MISMATCH',
        `Expected the progress of topic ${topics.input}, partition ${partition} beside that of its streams in ${topics.checkpoint.state}, it is missing or damaged; \`longwave state reset\` begins anew`,
      );
    }
    if (progress === undefined || progress.offset === committed) return;
    // Without transactions the offset comes last, and may not have come.
    if (isAhead && this.#isAtLeastOnce) return;
    throw new StateError(
      'CHECKPOINT_MISMATCH',
      `Expected group ${kafka.groupId} to be at offset ${progress.offset} of topic ${topics.input}, partition ${partition}, as the state in ${topics.checkpoint.state} says, got ${committed ?? 'none'}: somebody has moved the group; \`longwave state reset\` begins anew from there`,
    );
  }

  get #isAtLeastOnce(): boolean {
    return !this.#options.topics.isExact;
  }

  async #requireHeld(
    admin: KafkaAdmin,
    {
      partition,
      offset,
      why,
    }: { readonly partition: number; readonly offset: bigint | undefined; readonly why: string },
  ): Promise<void> {
    if (offset === undefined) return;
    const { input } = this.#options.topics;
    const low = (await admin.offsets(input)).find((one) => one.partition === partition)?.low ?? 0n;
    if (offset >= low) return;
    throw new StateError(
      'INPUT_EXPIRED',
      `Expected topic ${input}, partition ${partition} to hold its records from offset ${offset} on (${why}), its first is ${low}: they were deleted before they were read again`,
    );
  }

  #decoder(): RecordDecoder {
    const { format, values, time } = this.#options.kafka;
    if (format === 'pcm') return pcmDecoder();
    return jsonDecoder({
      ...(values === undefined ? {} : { valueColumns: values }),
      ...(time === undefined ? {} : { timeColumn: time }),
    });
  }

  #streams(decoder: RecordDecoder): LiveStreams {
    const { pool, spec, columns, settings, order, topics, log } = this.#options;
    return new LiveStreams({
      decoder,
      open: (streamId) => new StreamTask(pool, { spec, streamId, columns }),
      ...{ idleMs: settings.idleMs, order },
      check: (chunk) => requireChunkFits(spec, chunk),
      deadLetter: (record, error) => {
        const { topic, partition, offset } = record;
        const { code, message } = error;
        log('dead-letter', { topic, partition, offset: String(offset), code, message });
        const letter = deadLetterRecord(record, error, {
          topic: error instanceof LateEventError ? topics.late : topics.deadLetters,
        });
        return record.timestampMs >= 0 ? { ...letter, timestampMs: record.timestampMs } : letter;
      },
    });
  }
}
