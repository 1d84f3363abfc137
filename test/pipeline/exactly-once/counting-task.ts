import { type Chunk, chunkLength, crc32, InputError } from '../../../core/index.ts';
import type { StreamWork } from '../../../pipeline/exactly-once/live-stream.ts';
import type { Finding } from '../../../pipeline/streams/finding.ts';

/** A task whose findings are numbered sums: each depends on all samples before it, the last one is owed until the end. */
export class CountingTask implements StreamWork {
  readonly #streamId: string;
  nextSample = 0;
  digest = 0;
  stats = { tokens: 0, cacheBytes: 100, busyMs: 0 };
  /** What the next call fails with. */
  failure: Error | undefined;
  #sum = 0;
  #owed: Finding[] = [];

  constructor(streamId: string, state?: Uint8Array) {
    this.#streamId = streamId;
    if (state === undefined) return;
    const { nextSample, digest, sum, owed } = JSON.parse(Buffer.from(state).toString()).task;
    this.nextSample = nextSample;
    this.digest = digest;
    this.#sum = sum;
    this.#owed = owed;
  }

  async process(chunk: Chunk): Promise<Finding[]> {
    if (this.failure !== undefined) throw this.failure;
    if (chunk.startSample < this.nextSample) throw new InputError('TIME_NOT_MONOTONIC', 'Expected to go forward');
    const made: Finding[] = [];
    for (const [i, sample] of chunk.samples.entries()) {
      this.#sum += sample * (i + 1);
      made.push(...this.#owed);
      this.#owed = [this.#finding(chunk.startSample + i)];
      this.digest = crc32(new TextEncoder().encode(String(this.#sum)), this.digest);
    }
    this.nextSample = chunk.startSample + chunkLength(chunk);
    await new Promise((resolve) => setImmediate(resolve));
    return made;
  }

  async finish(): Promise<Finding[]> {
    const owed = this.#owed;
    this.#owed = [];
    return owed;
  }

  async snapshot(decoder: unknown): Promise<Uint8Array> {
    const task = { nextSample: this.nextSample, digest: this.digest, sum: this.#sum, owed: this.#owed };
    return new TextEncoder().encode(JSON.stringify({ task, decoder }));
  }

  readonly outline: StreamWork['outline'] = undefined;

  async close(): Promise<void> {}

  #finding(token: number): Finding {
    const value = { streamId: this.#streamId, token, startSample: token, time: null, score: this.#sum, threshold: 1 };
    return { kind: 'scene', value: { ...value, isAnomaly: false } };
  }
}
