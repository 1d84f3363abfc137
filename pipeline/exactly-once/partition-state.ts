import type { CheckpointWriter, SendRecords } from '../checkpoint/index.ts';
import type { ReplayField } from '../streams/replay-field.ts';
import { type LiveStream, progressOf } from './live-stream.ts';
import type { LiveStreams } from './live-streams.ts';
import { ReplayAnchors } from './replay-anchors.ts';

/** What is to be written of a partition's state; writing it again writes the same. */
export interface FixedCheckpoint {
  readonly write: (send: SendRecords) => Promise<void>;
  /** Of the states among it. */
  readonly stateBytes: number;
  /** It is committed. */
  readonly written: () => void;
}

/** The streams of a partition and what was written of them. */
export class PartitionState {
  readonly streams: LiveStreams;
  readonly #writer: CheckpointWriter;
  readonly #anchors: ReplayAnchors | undefined;

  /** @param field of the model, where streams are to be begun anew instead of restored */
  constructor(streams: LiveStreams, writer: CheckpointWriter, field?: ReplayField) {
    this.streams = streams;
    this.#writer = writer;
    this.#anchors = field === undefined ? undefined : new ReplayAnchors(field);
  }

  /**
   * Fixes what has changed since the last call, and the states of `states`, as it is now: the call itself takes it down, what
   * comes later does not show.
   * @param offset the next input record
   */
  async checkpoint(offset: bigint, states: readonly LiveStream[]): Promise<FixedCheckpoint> {
    const { touched, closed } = this.streams.takeChanges();
    const partition = { offset, streamTimeMs: this.streams.streamTimeMs };
    const progress = touched.map(progressOf);
    const anchors = this.#anchors?.take(touched, (stream) => this.streams.intake(stream)) ?? [];
    const taking = states.map(async (stream) => {
      const { streamId, openedAt, offset: at, digest } = progressOf(stream);
      const bytes = await this.streams.snapshot(stream);
      return bytes === undefined ? [] : [{ streamId, openedAt, offset: at, digest, bytes }];
    });
    const snapshots = (await Promise.all(taking)).flat();
    const prepared = this.#writer.prepare({ partition, streams: progress, closed, snapshots, anchors });
    const stateBytes = snapshots.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return { write: (send) => prepared.write(send), stateBytes, written: () => prepared.committed() };
  }
}
