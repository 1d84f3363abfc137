import { type Chunk, chunkLength, InputError } from '../../core/index.ts';
import type { ModelPool, RemoteStream } from '../workers/model-pool.ts';
import type { ModelOutput, ModelSpec, ModelStats } from '../workers/model-spec.ts';
import { requireChunkFits, requireFiniteSamples } from './chunk-fit.ts';
import { type Finding, rowFindings, type TokenAxis, type TokenFinding, tokenFindings } from './finding.ts';
import { outputDigest } from './output-digest.ts';
import type { ReplayField } from './replay-field.ts';
import { decodeStreamState, encodeStreamState, type StreamOrigin, type StreamState } from './stream-state.ts';
import { TimeTexts } from './time-texts.ts';
import { hopSamplesOf } from './token-hop.ts';
import { WarmUp, type WarmUpCheck } from './warm-up.ts';

/** What {@link StreamTask} works with. */
export interface StreamTaskOptions {
  readonly spec: ModelSpec;
  readonly streamId: string;
  /** Names of the channels, for output lines. */
  readonly columns: readonly string[];
  /** The stream may be begun again without its caches, see {@link StreamTask.outline}. */
  readonly field?: ReplayField | undefined;
}

/** What is known of a stream besides its caches, see {@link StreamTask.outline}. */
export interface StreamOutline {
  readonly originSample: number;
  readonly nextSample: number;
  /** The next that its model puts out. */
  readonly token: number;
  bytes(decoder: unknown): Uint8Array;
}

/** A stream that goes on, see {@link StreamTask.restore}. */
export interface RestoredTask {
  readonly task: StreamTask;
  /** The JSON value that `snapshot` was given. */
  readonly decoder: unknown;
}

/**
 * One stream on its way through a model: checks that chunks follow each other, sends them to the worker and
 * names what comes back. After a gap, and after `finish`, the stream begins anew with the next sample as its origin; an
 * overlap is refused.
 */
export class StreamTask {
  readonly #pool: ModelPool;
  readonly #spec: ModelSpec;
  readonly #streamId: string;
  readonly #columns: readonly string[];
  readonly #field: ReplayField | undefined;
  #remote: RemoteStream | undefined;
  #origin: StreamOrigin | undefined;
  #nextSample = 0;
  /** The model's stream was flushed: it takes no more. */
  #ended = false;
  /** Findings of what came before a gap, until a chunk behind it is taken or the stream ends. */
  #owed: TokenFinding[] = [];
  #sampleRateHz = 0;
  #digest = 0;
  /** The next token that the model puts out. */
  #token = 0;
  #warmUp: WarmUp | undefined;
  #timeTexts = new TimeTexts();

  constructor(pool: ModelPool, options: StreamTaskOptions) {
    this.#pool = pool;
    this.#spec = options.spec;
    this.#streamId = options.streamId;
    this.#columns = options.columns;
    this.#field = options.field;
  }

  /**
   * Goes on, bit for bit, where `bytes` was taken by {@link snapshot}, in this pool or another.
   * @throws SnapshotError when the bytes are damaged, or of another model or stream: nothing is open then; else as
   *   `ModelPool.restore`
   */
  static async restore(
    pool: ModelPool,
    options: StreamTaskOptions & { readonly bytes: Uint8Array },
  ): Promise<RestoredTask> {
    const { spec, streamId, bytes } = options;
    const state = decodeStreamState(bytes, spec, streamId);
    const task = new StreamTask(pool, options);
    if (state.model !== undefined) task.#remote = await pool.restore(spec, state.model, streamId);
    task.#goOn(state);
    return { task, decoder: state.decoder };
  }

  /**
   * Begins anew with what {@link outline} gave: given the samples since, it comes to be, bit for bit, what it was, from
   * `check.token` on. What it finds before that is left out, of the digest too.
   * @throws SnapshotError as {@link restore}
   */
  static begin(
    pool: ModelPool,
    options: StreamTaskOptions & {
      readonly bytes: Uint8Array;
      readonly field: ReplayField;
      readonly check: WarmUpCheck;
    },
  ): RestoredTask {
    const { spec, streamId, bytes, field, check } = options;
    const state = decodeStreamState(bytes, spec, streamId);
    const task = new StreamTask(pool, options);
    task.#goOn({ ...state, digest: check.digest });
    if (state.origin !== undefined) {
      const { nextSample } = state;
      task.#warmUp = new WarmUp({ originSample: state.origin.sample, nextSample, field, check });
    }
    return { task, decoder: state.decoder };
  }

  get stats(): ModelStats {
    return this.#remote?.stats ?? { tokens: 0, cacheBytes: 0, busyMs: 0 };
  }

  /** Index of the sample that follows those taken so far. */
  get nextSample(): number {
    return this.#nextSample;
  }

  /**
   * CRC-32 of all that the model has put out, the same however the samples were cut into chunks: a state that was restored and
   * given the samples since has the digest of the one that went on. It goes on over gaps, `finish` and `close`.
   */
  get digest(): number {
    return this.#digest;
  }

  /**
   * Takes one chunk and returns what it completed.
   * @throws InputError when the chunk does not fit the stream; the stream's state is then untouched
   */
  async process(chunk: Chunk): Promise<Finding[]> {
    this.#check(chunk);
    if (this.#ended || (this.#origin !== undefined && chunk.startSample > this.#nextSample)) {
      // Put back until a chunk behind it is taken.
      this.#owed = await this.finish();
      await this.close();
    }
    const remote = await this.#open();
    const output = this.#digested(await remote.push(this.#warmUp?.samplesOf(chunk) ?? chunk.samples));
    const owed = this.#takeOwed();
    this.#origin ??= { sample: chunk.startSample, timeMs: chunk.eventTimeMs };
    this.#sampleRateHz = chunk.sampleRateHz;
    this.#nextSample = chunk.startSample + chunkLength(chunk);
    if (output.kind === 'anomaly') return [...owed, ...rowFindings(output, chunk, this.#columns)];
    if (chunk.timeTexts !== undefined) this.#timeTexts.add({ startSample: chunk.startSample, texts: chunk.timeTexts });
    return [...owed, ...this.#tokens(output)];
  }

  /**
   * Ends the stream and returns what was still owed: by a front, by a look-ahead, from before a gap. `stats` stay as they
   * are until `close` or the next chunk; finishing again gives nothing.
   */
  async finish(): Promise<TokenFinding[]> {
    if (this.#remote !== undefined && this.#origin !== undefined && !this.#ended) {
      const output = this.#digested(await this.#remote.flush());
      this.#ended = true;
      // An offline model owes the whole stream: more than a call takes as arguments.
      if (output.kind !== 'anomaly') this.#owed = this.#owed.concat(this.#tokens(output));
    }
    return this.#takeOwed();
  }

  /**
   * All that it takes to go on with this stream, as bytes. The state is that of the call: chunks may follow at once, but none may
   * be under way. Nothing while the model holds its whole stream.
   * @param decoder what the decoder of the stream's records knows of it, a JSON value. Default `null`
   */
  async snapshot(decoder: unknown = null): Promise<Uint8Array | undefined> {
    const remote = this.#remote;
    const fields = {
      ...{ streamId: this.#streamId, origin: this.#origin, nextSample: this.#nextSample, ended: this.#ended },
      ...{ sampleRateHz: this.#sampleRateHz, digest: this.#digest, owed: this.#owed, decoder },
      timeTexts: this.#timeTexts.runs,
    };
    const model = await remote?.snapshot();
    if (remote !== undefined && model === undefined) return undefined;
    return encodeStreamState({ ...fields, model }, this.#spec);
  }

  /**
   * All but the caches, from which {@link begin} goes on: a few hundred bytes. Nothing before the first sample, and while
   * something is owed from before a gap.
   */
  get outline(): StreamOutline | undefined {
    if (this.#origin === undefined || this.#ended || this.#owed.length > 0) return undefined;
    const place = { origin: this.#origin, nextSample: this.#nextSample, sampleRateHz: this.#sampleRateHz };
    const [token, digest] = [this.#token, this.#digest];
    const state = { streamId: this.#streamId, ...place, digest, ended: false, owed: [], timeTexts: [] };
    return {
      ...{ originSample: place.origin.sample, nextSample: place.nextSample, token },
      bytes: (decoder) => encodeStreamState({ ...state, model: { given: token }, decoder }, this.#spec),
    };
  }

  /** Releases the model's stream. What was owed and not asked for by `finish` is lost. */
  async close(): Promise<void> {
    const remote = this.#remote;
    this.#remote = undefined;
    this.#origin = undefined;
    this.#ended = false;
    this.#token = 0;
    this.#warmUp = undefined;
    this.#timeTexts.clear();
    await remote?.close();
  }

  #goOn(state: StreamState): void {
    this.#origin = state.origin;
    this.#nextSample = state.nextSample;
    this.#ended = state.ended;
    this.#owed = [...state.owed];
    this.#sampleRateHz = state.sampleRateHz;
    this.#digest = state.digest;
    this.#token = state.model?.given ?? 0;
    this.#timeTexts = new TimeTexts(state.timeTexts);
  }

  #takeOwed(): TokenFinding[] {
    const owed = this.#owed;
    this.#owed = [];
    return owed;
  }

  async #open(): Promise<RemoteStream> {
    this.#remote ??= await this.#pool.open(this.#spec, this.#streamId);
    return this.#remote;
  }

  #check(chunk: Chunk): void {
    requireChunkFits(this.#spec, chunk);
    if (this.#field !== undefined) requireFiniteSamples(chunk);
    if (this.#origin !== undefined && chunk.startSample < this.#nextSample) {
      throw new InputError(
        'TIME_NOT_MONOTONIC',
        `Expected samples from index ${this.#nextSample} on, got a chunk that starts at ${chunk.startSample}`,
        { source: this.#streamId },
      );
    }
  }

  #digested(made: ModelOutput): ModelOutput {
    const output = this.#warmUp?.ownOf(made) ?? made;
    this.#digest = outputDigest(output, this.#digest);
    this.#token = endOf(output);
    return output;
  }

  #tokens(output: ModelOutput & { kind: 'embedding' | 'scene' }): TokenFinding[] {
    const axis: TokenAxis = {
      streamId: this.#streamId,
      originSample: this.#origin?.sample ?? 0,
      originTimeMs: this.#origin?.timeMs,
      hopSamples: hopSamplesOf(this.#spec),
      sampleRateHz: this.#sampleRateHz,
      timeText: (sample) => this.#timeTexts.at(sample),
    };
    return tokenFindings(output, axis);
  }
}

/** Behind the last token, or row, of an output. */
function endOf(output: ModelOutput): number {
  switch (output.kind) {
    case 'embedding':
      return output.startToken + (output.width === 0 ? 0 : output.rows.length / output.width);
    case 'scene':
      return output.startToken + output.scores.length;
    case 'anomaly':
      return output.startRow + output.scores.length;
    default:
      return output satisfies never;
  }
}
