import { type KafkaRecord, type OutgoingRecord, type RecordDecoder, streamIdOf } from '../../connectors/index.ts';
import { type Chunk, chunkLength, InputError, ShapeError, StateError } from '../../core/index.ts';
import type { Finding } from '../run/finding.ts';
import { type LiveStream, progressOf, type StreamProgress, type StreamWork } from './live-stream.ts';
import { causeOf, type Step } from './step.ts';

/** What {@link LiveStreams} works with. */
export interface LiveStreamsOptions {
  readonly decoder: RecordDecoder;
  /** Makes the task of a stream that begins. */
  readonly open: (streamId: string) => StreamWork;
  /** A stream ends when the partition's stream time is so far past its last record, in ms; 0: never. */
  readonly idleMs: number;
  readonly deadLetter: (record: KafkaRecord, error: InputError | ShapeError) => OutgoingRecord;
}

/** Where {@link LiveStreams.resume} goes on. */
export interface ResumePlace {
  /** Records before it were judged and committed. */
  readonly liveFrom: bigint;
  /** Greatest timestamp of those, in ms. */
  readonly streamTimeMs: number;
  /** Where each stream stood then. */
  readonly progress: ReadonlyMap<string, StreamProgress>;
  /** No record before `liveFrom` is to come. */
  readonly isUpToDate: boolean;
}

/**
 * The streams of one partition by key. What becomes of a record depends on the records before it alone, in the order of their
 * offsets: also when an idle stream ends, which the timestamps of records say, never a clock. So any process that reads the
 * same records makes the same findings.
 */
export class LiveStreams {
  readonly #options: LiveStreamsOptions;
  /** Ordered by their last record, oldest first. */
  readonly #streams = new Map<string, LiveStream>();
  /** Streams with findings or progress to write. */
  readonly #touched = new Set<LiveStream>();
  readonly #closed = new Set<string>();
  readonly #moved = new Set<LiveStream>();
  readonly #ended = new Set<LiveStream>();
  #expected: ReadonlyMap<string, StreamProgress> | undefined;
  /** Records before it were judged already: what comes of them is not given out again. */
  #liveFrom = 0n;
  #streamTimeMs = Number.NEGATIVE_INFINITY;

  constructor(options: LiveStreamsOptions) {
    this.#options = options;
  }

  /** Greatest timestamp of the records so far, in ms; −∞ before the first. */
  get streamTimeMs(): number {
    return this.#streamTimeMs;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** The streams that are open, the one whose last record is oldest first. */
  get streams(): Iterable<LiveStream> {
    return this.#streams.values();
  }

  /** Bytes of the caches. */
  get cacheBytes(): number {
    let bytes = 0;
    for (const { task } of this.#streams.values()) bytes += task.stats.cacheBytes;
    return bytes;
  }

  /**
   * Goes on with streams that were restored, in the order of their last records. Records before `liveFrom` only bring them up
   * to date: those behind the place of each stream's state, of the streams that are given.
   * @throws StateError `REPLAY_MISMATCH`
   */
  resume(streams: readonly LiveStream[], at: ResumePlace): void {
    for (const stream of streams) this.#streams.set(stream.streamId, stream);
    this.#liveFrom = at.liveFrom;
    this.#streamTimeMs = at.streamTimeMs;
    this.#expected = at.progress;
    if (at.isUpToDate) this.#goLive(at.progress);
  }

  /** Records before the place where the partition goes on live are awaited, to bring its streams up to date. */
  get isReplaying(): boolean {
    return this.#expected !== undefined;
  }

  /**
   * What each record came to, in their order. The streams are at work side by side.
   * @throws StateError `REPLAY_MISMATCH` when a stream that was brought up to date is not where it was when it was committed
   */
  async process(records: readonly KafkaRecord[]): Promise<Step[]> {
    if (this.#expected === undefined) return Promise.all(records.map((record) => this.#take(record)));
    const before = records.filter(({ offset }) => offset < this.#liveFrom);
    const replayed = await Promise.all(before.map((record) => this.#replay(record)));
    if ((records.at(-1)?.offset ?? -1n) + 1n < this.#liveFrom) return replayed;
    this.#goLive(this.#expected);
    return [...replayed, ...(await Promise.all(records.slice(before.length).map((record) => this.#take(record))))];
  }

  /** Streams whose state has moved, replays included, and those that ended, since the last call. */
  takeMoves(): { readonly moved: readonly LiveStream[]; readonly ended: readonly LiveStream[] } {
    const moves = { moved: [...this.#moved], ended: [...this.#ended] };
    this.#moved.clear();
    this.#ended.clear();
    return moves;
  }

  /** Streams with progress to commit, and ids of those that ended, since the last call. */
  takeChanges(): { readonly touched: readonly LiveStream[]; readonly closed: readonly string[] } {
    const changes = { touched: [...this.#touched], closed: [...this.#closed] };
    this.#touched.clear();
    this.#closed.clear();
    return changes;
  }

  /** The state of a stream as it is behind the calls made so far; `undefined` where its model holds its whole input. */
  snapshot({ streamId, task }: LiveStream): Promise<Uint8Array | undefined> {
    return task.snapshot(this.#options.decoder.state(streamId));
  }

  /** Releases all streams; what they owe is not asked for. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#streams.values()].map(({ task }) => task.close()));
    this.#streams.clear();
  }

  #goLive(expected: ReadonlyMap<string, StreamProgress>): void {
    for (const progress of expected.values()) requireReplayed(this.#streams.get(progress.streamId), progress);
    this.#expected = undefined;
  }

  async #take(record: KafkaRecord): Promise<Step> {
    this.#streamTimeMs = Math.max(this.#streamTimeMs, record.timestampMs);
    const ended = this.#endIdle();
    const cause = causeOf(record);
    const own = this.#decodeAndProcess(record);
    own.catch(() => {}); // told below, unless the end of another stream fails first
    // The findings of streams that end stand before those of the record that shows it.
    const findings = (await Promise.all(ended)).flat();
    const { made, samples, deadLetter } = await own;
    return { cause, findings: [...findings, ...made], deadLetter, samples };
  }

  async #decodeAndProcess(
    record: KafkaRecord,
  ): Promise<{ readonly made: readonly Finding[]; samples: number; deadLetter: OutgoingRecord | undefined }> {
    try {
      const chunk = this.#options.decoder.decode(record);
      const stream = this.#streamOf(chunk.streamId, record.offset);
      this.#move(stream, record);
      this.#touched.add(stream);
      this.#moved.add(stream);
      const made = await this.#push(stream, chunk);
      return { made, samples: chunkLength(chunk), deadLetter: undefined };
    } catch (error) {
      if (!(error instanceof InputError || error instanceof ShapeError)) throw error;
      return { made: [], samples: 0, deadLetter: this.#options.deadLetter(record, error) };
    }
  }

  /** A record that was judged before a restart moves the state of its stream, if that was open at the end. */
  async #replay(record: KafkaRecord): Promise<Step> {
    const nothing: Step = { cause: causeOf(record), findings: [], deadLetter: undefined, samples: 0 };
    try {
      const stream = this.#streams.get(streamIdOf(record));
      if (stream === undefined || record.offset < stream.nextOffset) return nothing;
      const chunk = this.#options.decoder.decode(record);
      stream.nextOffset = record.offset + 1n;
      stream.bytesSinceSnapshot += record.value?.length ?? 0;
      this.#moved.add(stream);
      await this.#push(stream, chunk);
    } catch (error) {
      if (!(error instanceof InputError || error instanceof ShapeError)) throw error;
    }
    return nothing;
  }

  #streamOf(streamId: string, openedAt: bigint): LiveStream {
    const known = this.#streams.get(streamId);
    if (known !== undefined) return known;
    const task = this.#options.open(streamId);
    const tail = Promise.resolve();
    return { streamId, task, openedAt, nextOffset: openedAt, lastSeenMs: 0, bytesSinceSnapshot: 0, tail };
  }

  #move(stream: LiveStream, { offset, value }: KafkaRecord): void {
    stream.nextOffset = offset + 1n;
    stream.lastSeenMs = this.#streamTimeMs;
    stream.bytesSinceSnapshot += value?.length ?? 0;
    this.#streams.delete(stream.streamId);
    this.#streams.set(stream.streamId, stream);
    this.#closed.delete(stream.streamId);
  }

  #push(stream: LiveStream, chunk: Chunk): Promise<Finding[]> {
    const made = stream.tail.then(() => stream.task.process(chunk));
    // A record that does not fit is no reason to keep the next one waiting; every other fault ends the run.
    stream.tail = made.catch((error: unknown) => {
      if (!(error instanceof InputError || error instanceof ShapeError)) throw error;
    });
    stream.tail.catch(() => {});
    return made;
  }

  #endIdle(): Promise<readonly Finding[]>[] {
    const { idleMs, decoder } = this.#options;
    const ended: Promise<readonly Finding[]>[] = [];
    if (idleMs === 0) return ended;
    for (const stream of this.#streams.values()) {
      if (this.#streamTimeMs - stream.lastSeenMs <= idleMs) break;
      this.#streams.delete(stream.streamId);
      this.#touched.delete(stream);
      this.#moved.delete(stream);
      this.#ended.add(stream);
      this.#closed.add(stream.streamId);
      decoder.forget(stream.streamId);
      ended.push(stream.tail.then(() => end(stream.task)));
    }
    return ended;
  }
}

async function end(task: StreamWork): Promise<readonly Finding[]> {
  const owed = await task.finish();
  await task.close();
  return owed;
}

function requireReplayed(stream: LiveStream | undefined, progress: StreamProgress): void {
  const { streamId, offset, nextSample, digest } = progress;
  const found = stream === undefined ? undefined : progressOf(stream);
  if (found?.offset === offset && found.nextSample === nextSample && found.digest === digest) return;
  const show = (at: Pick<StreamProgress, 'offset' | 'nextSample' | 'digest'> | undefined): string =>
    at === undefined ? 'none' : `offset ${at.offset}, sample ${at.nextSample}, digest ${at.digest}`;
  throw new StateError(
    'REPLAY_MISMATCH',
    `Expected stream ${streamId} to be where it was when it was committed (${show(progress)}), got ${show(found)}: the input, the model or its settings have changed since`,
  );
}
