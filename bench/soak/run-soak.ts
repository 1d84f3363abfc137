import { ConfigError, Random, requireInteger, type StreamEncoder } from '../../core/index.ts';
import { collectGarbage } from '../complexity/memory.ts';
import { compareWithFresh, type Difference } from './fresh-check.ts';
import { type Growth, judgeGrowth } from './growth.ts';
import { type SoakModel, soakEncoder, soakTokens } from './soak-case.ts';

/** What to run. */
export interface SoakOptions {
  readonly model: SoakModel;
  /** Tokens to stream, 10000..10^9. */
  readonly tokens: number;
  /** Memory samples, 10..10000. Default 100. */
  readonly samples?: number;
  /** Comparisons with a fresh stream, at most as many as samples and a divisor of them. Default 20. */
  readonly checkpoints?: number;
  /** The encoder to stream through, with the weights of `soakEncoder`; default that one. */
  readonly encoder?: StreamEncoder;
}

/** What a soak came to. */
export interface SoakResult {
  readonly bench: 'soak';
  readonly model: SoakModel;
  readonly tokens: number;
  readonly seconds: number;
  readonly heapUsed: Growth;
  readonly arrayBuffers: Growth;
  readonly cacheBytes: number;
  readonly checkpoints: number;
  /** Values compared over all checkpoints, those whose bits differ, and the largest difference. */
  readonly compared: number;
  readonly differing: number;
  readonly largest: number;
  readonly passed: boolean;
}

/** The largest difference allowed from a fresh stream: none without positions; angles are rounded otherwise elsewhere. */
export const TOLERANCE: Readonly<Record<SoakModel, number>> = {
  longformer: 0,
  'longformer-rotary': 1e-5,
  reformer: 0,
};

const LONGEST_PUSH = 64;
const COMPARED_ROWS = 32;

/**
 * Streams tokens in pushes of 1..64, samples memory after a collection, and compares the last 32 outputs with a fresh
 * stream at every checkpoint. Passes when neither the heap nor the array buffers grow and every output agrees.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function runSoak(options: SoakOptions): SoakResult {
  const { model } = options;
  const tokens = requireInteger('tokens', options.tokens, { min: 10_000, max: 1e9 });
  const samples = requireInteger('samples', options.samples ?? 100, { min: 10, max: 10_000 });
  const checkpoints = requireInteger('checkpoints', options.checkpoints ?? 20, { min: 1, max: samples });
  if (samples % checkpoints !== 0) {
    throw new ConfigError('CONFIG_INVALID', `Expected \`checkpoints\` to divide ${samples}, got ${checkpoints}`);
  }
  const start = performance.now();
  const run = new SoakRun(model, options.encoder ?? soakEncoder(model));
  for (let sample = 1; sample <= samples; sample++) {
    run.streamTo(Math.round((tokens * sample) / samples));
    run.sampleMemory();
    if (sample % (samples / checkpoints) === 0) run.compare();
  }
  return { ...run.finish(), checkpoints, tokens, seconds: (performance.now() - start) / 1000 };
}

class SoakRun {
  readonly #model: SoakModel;
  /** Encodes the receptive fields; made apart from the encoder under test. */
  readonly #fresh: ReturnType<typeof soakEncoder>;
  readonly #stream: ReturnType<StreamEncoder['open']>;
  readonly #inputSize: number;
  readonly #random = new Random(3);
  /** The last outputs, `[32, outputSize]`, oldest first. */
  readonly #last: Float32Array;
  readonly #at: number[] = [];
  readonly #heap: number[] = [];
  readonly #arrays: number[] = [];
  readonly #differences: Difference[] = [];

  constructor(model: SoakModel, encoder: StreamEncoder) {
    this.#model = model;
    this.#fresh = soakEncoder(model);
    this.#stream = encoder.open();
    this.#inputSize = encoder.inputSize;
    this.#last = new Float32Array(COMPARED_ROWS * encoder.outputSize);
  }

  streamTo(end: number): void {
    while (this.#stream.position < end) {
      const from = this.#stream.position;
      const to = Math.min(end, from + 1 + (this.#random.nextUint32() % LONGEST_PUSH));
      const { tokens, kinds } = soakTokens(from, to, this.#inputSize);
      this.#keep(this.#stream.push(tokens, kinds));
    }
  }

  sampleMemory(): void {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    this.#at.push(this.#stream.position);
    this.#heap.push(heapUsed);
    this.#arrays.push(arrayBuffers);
  }

  compare(): void {
    this.#differences.push(compareWithFresh(this.#fresh, this.#last, this.#stream.position));
  }

  finish(): Omit<SoakResult, 'tokens' | 'seconds' | 'checkpoints'> {
    const heapUsed = judgeGrowth(this.#at, this.#heap);
    const arrayBuffers = judgeGrowth(this.#at, this.#arrays);
    const { cacheBytes } = this.#stream.stats();
    this.#stream.close();
    const largest = Math.max(...this.#differences.map((one) => one.largest));
    const agrees = largest <= TOLERANCE[this.#model];
    const differing = this.#differences.reduce((sum, one) => sum + one.bits, 0);
    return {
      bench: 'soak',
      model: this.#model,
      heapUsed,
      arrayBuffers,
      cacheBytes,
      compared: this.#differences.length * this.#last.length,
      differing,
      largest,
      passed: agrees && !(TOLERANCE[this.#model] === 0 && differing > 0) && !heapUsed.leaks && !arrayBuffers.leaks,
    };
  }

  #keep(rows: Float32Array): void {
    const last = this.#last;
    const fresh = rows.subarray(Math.max(0, rows.length - last.length));
    last.copyWithin(0, fresh.length);
    last.set(fresh, last.length - fresh.length);
  }
}
