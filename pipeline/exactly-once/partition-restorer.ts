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
import {
  type Checkpoint,
  CheckpointWriter,
  type LocalCopies,
  loadCheckpoint,
  type StreamAnchor,
} from '../checkpoint/index.ts';
import type { InputOrderConfig } from '../config/input-schema.ts';
import type { PipelineConfig } from '../config/schema.ts';
import type { EventLog } from '../operations/log-events.ts';
import { requireChunkFits } from '../streams/chunk-fit.ts';
import { type ReplayField, replayField } from '../streams/replay-field.ts';
import { type RestoredTask, StreamTask } from '../streams/stream-task.ts';
import type { ModelPool } from '../workers/model-pool.ts';
import type { ModelSpec } from '../workers/model-spec.ts';
import { requireFits } from './checkpoint-fit.ts';
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
  /** Of the model, where its streams are begun anew instead of restored. */
  readonly field: ReplayField | undefined;
  readonly order: InputOrderConfig;
  /** Copies of the states of a partition, where they are kept. */
  readonly copiesOf?: (partition: number) => LocalCopies | undefined;
  readonly log: EventLog;
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
   * @throws StateError `INPUT_EXPIRED`, `CHECKPOINT_MISMATCH`; SnapshotError `SNAPSHOT_VERSION`, `SNAPSHOT_MODEL_MISMATCH`;
   *   ConnectorError; WorkerError
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
    const { transport, topics, field } = this.#options;
    const copies = this.#options.copiesOf?.(partition);
    const admin = await transport.admin();
    try {
      const decoder = this.#decoder();
      const streams = this.#streams(decoder);
      const checkpoint = await this.#load(admin, partition, committed);
      if (checkpoint === undefined || committed === undefined) {
        await this.#requireHeld(admin, { partition, offset: committed, why: 'the committed offset' });
        const writer = new CheckpointWriter({ partition, topics: topics.checkpoint, copies });
        return { state: new PartitionState(streams, writer, field), from: committed, bytes: 0 };
      }
      const { pool, spec, columns, order } = this.#options;
      const parts = { spec, columns, field };
      const restored = await restoreStreams(checkpoint, {
        ...{ decoder, order, begin: await this.#beginning(checkpoint) },
        restore: (streamId, bytes) => StreamTask.restore(pool, { ...parts, streamId, bytes }),
        open: (streamId) => new StreamTask(pool, { ...parts, streamId }),
        committed,
        isExact: topics.isExact,
      });
      for (const fault of checkpoint.faults) {
        this.#options.log('checkpoint-fault', { partition, code: fault.code, message: fault.message });
      }
      copies?.keepOnly(restored.streams.map(({ streamId }) => streamId));
      if (copies !== undefined) this.#options.log('local-copies', { partition, ...copies.takeCounts() });
      const { from, furthest, bytes } = restored;
      const why = furthest === undefined ? 'the committed offset' : `the state of stream ${furthest}`;
      await this.#requireHeld(admin, { partition, offset: from, why });
      streams.resume(restored.streams, restored.place);
      const writer = new CheckpointWriter({ partition, topics: topics.checkpoint, slots: checkpoint.slots, copies });
      return { state: new PartitionState(streams, writer, field), from, bytes };
    } finally {
      await admin.close();
    }
  }

  /** What was written of the partition; `undefined` where nothing was. */
  async #load(admin: KafkaAdmin, partition: number, committed: bigint | undefined): Promise<Checkpoint | undefined> {
    const { topics, transport, kafka } = this.#options;
    const { groupId } = kafka;
    const { state, snapshots } = topics.checkpoint;
    const place = { topics, groupId, partition, committed };
    const bounds = (await admin.offsets(state)).find((one) => one.partition === partition);
    if (bounds === undefined || bounds.low === bounds.high) {
      requireFits(undefined, place);
      return undefined;
    }
    this.#reader ??= await transport.reader({ topics: [state, snapshots], groupId });
    const copies = this.#options.copiesOf?.(partition);
    const parts = { admin, reader: this.#reader, partition, topics: topics.checkpoint, copies };
    const checkpoint = await loadCheckpoint({ ...parts, committedOffset: committed ?? 0n });
    requireFits(checkpoint, place);
    return checkpoint.partition === undefined ? undefined : checkpoint;
  }

  /** How streams are begun anew, also where the pipeline has gone back to states: its anchors stand until those are written. */
  async #beginning(checkpoint: Checkpoint): Promise<((anchor: StreamAnchor) => RestoredTask) | undefined> {
    const { pool, spec, columns } = this.#options;
    if ([...checkpoint.streams.values()].every(({ anchor }) => anchor === undefined)) return undefined;
    const field = this.#options.field ?? (await replayField(spec));
    return ({ streamId, bytes, checkToken: token, digest }) =>
      StreamTask.begin(pool, { spec, columns, streamId, bytes, field, check: { token, digest } });
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
    const { pool, spec, columns, field, settings, order, topics, log } = this.#options;
    return new LiveStreams({
      decoder,
      open: (streamId) => new StreamTask(pool, { spec, streamId, columns, field }),
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
