import { type Chunk, chunkLength, InputError, ShapeError } from '../../core/index.ts';
import type { ModelPool, RemoteStream } from '../workers/model-pool.ts';
import type { ModelOutput, ModelSpec, ModelStats } from '../workers/model-spec.ts';
import { type Finding, rowFindings, type TokenAxis, tokenFindings } from './finding.ts';

/** 10 ms at 16 kHz: the hop of the log-mel front. */
const LOG_MEL_HOP_SAMPLES = 160;

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
  #remote: RemoteStream | undefined;
  #origin: { readonly sample: number; readonly timeMs: number | undefined } | undefined;
  #nextSample = 0;
  /** The model's stream was flushed: it takes no more. */
  #ended = false;
  /** Findings of what came before a gap, until a chunk behind it is taken or the stream ends. */
  #owed: Finding[] = [];
  #sampleRateHz = 0;
  /** Time texts of rows whose tokens are still owed: no more than the front and the encoder hold back. */
  #timeTexts: { readonly startSample: number; readonly texts: readonly string[] }[] = [];

  /** @param options.columns names of the channels, for output lines */
  constructor(
    pool: ModelPool,
    options: { readonly spec: ModelSpec; readonly streamId: string; readonly columns: readonly string[] },
  ) {
    this.#pool = pool;
    this.#spec = options.spec;
    this.#streamId = options.streamId;
    this.#columns = options.columns;
  }

  get stats(): ModelStats {
    return this.#remote?.stats ?? { tokens: 0, cacheBytes: 0, busyMs: 0 };
  }

  /** Index of the sample that follows those taken so far. */
  get nextSample(): number {
    return this.#nextSample;
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
    const output = await remote.push(chunk.samples);
    const owed = this.#takeOwed();
    this.#origin ??= { sample: chunk.startSample, timeMs: chunk.eventTimeMs };
    this.#sampleRateHz = chunk.sampleRateHz;
    this.#nextSample = chunk.startSample + chunkLength(chunk);
    if (output.kind === 'anomaly') return [...owed, ...rowFindings(output, chunk, this.#columns)];
    this.#keepTimeTexts(chunk);
    return [...owed, ...this.#tokens(output)];
  }

  /**
   * Ends the stream and returns what was still owed: by a front, by a look-ahead, from before a gap. `stats` stay as they
   * are until `close` or the next chunk; finishing again gives nothing.
   */
  async finish(): Promise<Finding[]> {
    if (this.#remote !== undefined && this.#origin !== undefined && !this.#ended) {
      const output = await this.#remote.flush();
      this.#ended = true;
      // An offline model owes the whole stream: more than a call takes as arguments.
      if (output.kind !== 'anomaly') this.#owed = this.#owed.concat(this.#tokens(output));
    }
    return this.#takeOwed();
  }

  /** Releases the model's stream. What was owed and not asked for by `finish` is lost. */
  async close(): Promise<void> {
    const remote = this.#remote;
    this.#remote = undefined;
    this.#origin = undefined;
    this.#ended = false;
    this.#timeTexts = [];
    await remote?.close();
  }

  #takeOwed(): Finding[] {
    const owed = this.#owed;
    this.#owed = [];
    return owed;
  }

  async #open(): Promise<RemoteStream> {
    this.#remote ??= await this.#pool.open(this.#spec, this.#streamId);
    return this.#remote;
  }

  #check(chunk: Chunk): void {
    const spec = this.#spec;
    const front = spec.kind === 'anomaly' ? undefined : spec.front;
    const channels =
      spec.kind === 'anomaly' ? spec.head.channels : spec.front.kind === 'logMel' ? 1 : spec.front.channels;
    if (chunk.channels !== channels) {
      throw new ShapeError(
        'SHAPE_MISMATCH',
        `Expected stream ${this.#streamId} to have ${channels} channels, got ${chunk.channels}`,
      );
    }
    if (front?.kind === 'logMel' && chunk.sampleRateHz !== front.sampleRateHz) {
      throw new InputError(
        'SAMPLE_RATE_MISMATCH',
        `Expected a sample rate of ${front.sampleRateHz} Hz, got ${chunk.sampleRateHz} Hz`,
        {
          source: this.#streamId,
        },
      );
    }
    if (this.#origin !== undefined && chunk.startSample < this.#nextSample) {
      throw new InputError(
        'TIME_NOT_MONOTONIC',
        `Expected samples from index ${this.#nextSample} on, got a chunk that starts at ${chunk.startSample}`,
        {
          source: this.#streamId,
        },
      );
    }
  }

  #tokens(output: ModelOutput & { kind: 'embedding' | 'scene' }): Finding[] {
    const logMel = this.#spec.kind !== 'anomaly' && this.#spec.front.kind === 'logMel';
    const axis: TokenAxis = {
      streamId: this.#streamId,
      originSample: this.#origin?.sample ?? 0,
      originTimeMs: this.#origin?.timeMs,
      hopSamples: logMel ? LOG_MEL_HOP_SAMPLES : 1,
      sampleRateHz: this.#sampleRateHz,
      timeText: (sample) => this.#timeText(sample),
    };
    return tokenFindings(output, axis);
  }

  #keepTimeTexts(chunk: Chunk): void {
    if (chunk.timeTexts === undefined) return;
    this.#timeTexts.push({ startSample: chunk.startSample, texts: chunk.timeTexts });
  }

  /** Tokens come in order, so runs before the sample asked for are done with. */
  #timeText(sample: number): string | undefined {
    let run = this.#timeTexts[0];
    while (run !== undefined && sample >= run.startSample + run.texts.length) {
      this.#timeTexts.shift();
      run = this.#timeTexts[0];
    }
    return run?.texts[sample - run.startSample];
  }
}
