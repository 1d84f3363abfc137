import { type KafkaRecord, type OutgoingRecord, type RecordDecoder, streamIdOf } from '../../connectors/index.ts';
import { type Chunk, chunkLength } from '../../core/index.ts';
import type { InputOrderConfig } from '../config/input-schema.ts';
import type { Finding } from '../streams/finding.ts';
import { type Arrival, ChunkSequence, type Verdict } from './chunk-sequence.ts';
import { type LiveStream, push, type StreamProgress, type StreamWork } from './live-stream.ts';
import { joined, NOTHING, type Outcome, type Refusal, requireRefusal } from './outcome.ts';
import { type ResumePlace, requireReplayed } from './resume-place.ts';
import { intakeJson } from './sequence-state.ts';
import { causeOf, type Step, type StreamFinding } from './step.ts';

/** What {@link LiveStreams} works with. */
export interface LiveStreamsOptions {
  readonly decoder: RecordDecoder;
  /** Makes the task of a stream that begins. */
  readonly open: (streamId: string) => StreamWork;
  /** A stream ends when the partition's stream time is so far past its last record, in ms; 0: never. */
  readonly idleMs: number;
  /** Checks that a chunk suits the model. @throws InputError, ShapeError */
  readonly check: (chunk: Chunk) => void;
  readonly order: InputOrderConfig;
  readonly deadLetter: (record: KafkaRecord, error: Refusal) => OutgoingRecord;
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

  /** Greatest timestamp of the records that could be read, in ms; −∞ before the first. */
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
  snapshot(stream: LiveStream): Promise<Uint8Array | undefined> {
    return stream.task.snapshot(this.intake(stream));
  }

  /** What is known of a stream besides its task, as a JSON value. */
  intake({ streamId, sequence }: LiveStream): unknown {
    return intakeJson(this.#options.decoder.state(streamId), sequence.place);
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
    const ended = this.#endIdle(record);
    const own = this.#judgeAndProcess(record);
    own.catch(() => {}); // told below, unless the end of another stream fails first
    // The findings of streams that end stand before those of the record that shows it.
    return { cause: causeOf(record), ...joined([...(await Promise.all(ended)), await own]) };
  }

  async #judgeAndProcess(record: KafkaRecord): Promise<Outcome> {
    try {
      const { stream, verdict } = this.#judge(record);
      this.#streamTimeMs = Math.max(this.#streamTimeMs, record.timestampMs);
      if (verdict.kind === 'duplicate' && this.#options.order.duplicates === 'drop')
        return { ...NOTHING, duplicates: 1 };
      if (verdict.kind !== 'taken') throw verdict.error;
      this.#move(stream, record);
      this.#touched.add(stream);
      this.#moved.add(stream);
      return await this.#pushAll(stream, verdict.ready);
    } catch (error) {
      return this.#putAside(record, error);
    }
  }

  /** A record that was judged before a restart moves the state of its stream, if that was open at the end. */
  async #replay(record: KafkaRecord): Promise<Step> {
    try {
      const known = this.#streams.get(streamIdOf(record));
      if (known !== undefined && record.offset >= known.nextOffset) {
        const { stream, verdict } = this.#judge(record);
        if (verdict.kind === 'taken') {
          stream.nextOffset = record.offset + 1n;
          stream.bytesSinceSnapshot += record.value?.length ?? 0;
          this.#moved.add(stream);
          await Promise.all(verdict.ready.map(({ chunk }) => push(stream, chunk).catch(requireRefusal)));
        }
      }
    } catch (error) {
      requireRefusal(error);
    }
    return { cause: causeOf(record), ...NOTHING };
  }

  /** Reads a record and judges its place in its stream. Where it is not taken, neither has moved. */
  #judge(record: KafkaRecord): { readonly stream: LiveStream; readonly verdict: Verdict } {
    const { decoder, check } = this.#options;
    const streamId = streamIdOf(record);
    const before = decoder.state(streamId);
    const chunk = decoder.decode(record);
    let verdict: Verdict | undefined;
    try {
      check(chunk);
      const stream = this.#streamOf(streamId, record.offset);
      verdict = stream.sequence.take({ record, chunk, decoder: before });
      return { stream, verdict };
    } finally {
      if (verdict?.kind !== 'taken') decoder.restore(streamId, before);
    }
  }

  #putAside(record: KafkaRecord, error: unknown): Outcome {
    return { ...NOTHING, deadLetters: [this.#options.deadLetter(record, requireRefusal(error))] };
  }

  #streamOf(streamId: string, openedAt: bigint): LiveStream {
    const known = this.#streams.get(streamId);
    if (known !== undefined) return known;
    const task = this.#options.open(streamId);
    const sequence = new ChunkSequence(this.#options.order);
    const tail = Promise.resolve();
    return { streamId, task, sequence, openedAt, nextOffset: openedAt, lastSeenMs: 0, bytesSinceSnapshot: 0, tail };
  }

  #move(stream: LiveStream, { offset, value }: KafkaRecord): void {
    stream.nextOffset = offset + 1n;
    stream.lastSeenMs = this.#streamTimeMs;
    stream.bytesSinceSnapshot += value?.length ?? 0;
    this.#streams.delete(stream.streamId);
    this.#streams.set(stream.streamId, stream);
    this.#closed.delete(stream.streamId);
  }

  /** Chunks that follow each other; of one that the model refuses the record is put aside. */
  async #pushAll(stream: LiveStream, arrivals: readonly Arrival[]): Promise<Outcome> {
    const outcomes = arrivals.map(async ({ record, chunk }): Promise<Outcome> => {
      try {
        const findings = named(stream, await push(stream, chunk));
        return { ...NOTHING, findings, samples: chunkLength(chunk) };
      } catch (error) {
        return this.#putAside(record, error);
      }
    });
    return joined(await Promise.all(outcomes));
  }

  /** A record that cannot be read says nothing of the time either. */
  #isReadable(record: KafkaRecord): boolean {
    const { decoder, check } = this.#options;
    const streamId = streamIdOf(record);
    const before = decoder.state(streamId);
    try {
      check(decoder.decode(record));
      return true;
    } catch (error) {
      requireRefusal(error);
      return false;
    } finally {
      decoder.restore(streamId, before);
    }
  }

  /** Ends the streams that rest too long by the time of a record. */
  #endIdle(record: KafkaRecord): Promise<Outcome>[] {
    const { idleMs, decoder } = this.#options;
    const ended: Promise<Outcome>[] = [];
    const timeMs = Math.max(this.#streamTimeMs, record.timestampMs);
    const isIdle = ({ lastSeenMs }: LiveStream): boolean => timeMs - lastSeenMs > idleMs;
    const [oldest] = this.#streams.values();
    if (idleMs === 0 || oldest === undefined || !isIdle(oldest) || !this.#isReadable(record)) return ended;
    for (const stream of this.#streams.values()) {
      if (!isIdle(stream)) break;
      this.#streams.delete(stream.streamId);
      this.#touched.delete(stream);
      this.#moved.delete(stream);
      this.#ended.add(stream);
      this.#closed.add(stream.streamId);
      decoder.forget(stream.streamId);
      ended.push(this.#end(stream));
    }
    return ended;
  }

  /** What waits goes over the gaps, then comes what the stream owes. */
  async #end(stream: LiveStream): Promise<Outcome> {
    const waited = await this.#pushAll(stream, stream.sequence.end());
    await stream.tail;
    const owed = await stream.task.finish();
    await stream.task.close();
    return joined([waited, { ...NOTHING, findings: named(stream, owed) }]);
  }
}

function named({ openedAt }: LiveStream, findings: readonly Finding[]): readonly StreamFinding[] {
  return findings.map((finding) => ({ finding, openedAt }));
}
