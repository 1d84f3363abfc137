import { Random, requireInteger, type StreamPush } from '../../core/index.ts';
import { createLongformer, type LongformerConfig, type LongformerEncoder } from '../../models/index.ts';
import { collectGarbage } from '../complexity/memory.ts';
import { type Growth, judgeGrowth } from './growth.ts';
import { soakTokens } from './soak-case.ts';

/** What a soak of many streams came to. */
export interface StreamsSoakResult {
  readonly bench: 'soak';
  readonly model: 'longformer-streams';
  readonly engine: string;
  readonly tokens: number;
  readonly seconds: number;
  /** Streams that were opened, and those whose last output was compared with the engine `reference`. */
  readonly opened: number;
  readonly compared: number;
  /** Values that differ in their bits. */
  readonly differing: number;
  readonly heapUsed: Growth;
  /** The memory of the engine. */
  readonly reserved: Growth;
  /** Bytes in use when all streams were closed at the end, less those before the first was opened. */
  readonly leftBytes: number;
  readonly passed: boolean;
}

const CONFIG: LongformerConfig = {
  inputSize: 8,
  hiddenSize: 32,
  numLayers: 2,
  numHeads: 2,
  ffnSize: 64,
  window: 48,
  sinks: 2,
  lookAhead: [0, 4],
};
const STREAMS = 64;
const LONGEST_PUSH = 16;
/** A stream closes after a push with this chance, and goes through a snapshot with the same. */
const CLOSE = 0.02;
/** One in so many of the streams that close is compared. */
const COMPARED = 10;
const SAMPLES = 50;
const WARM_UP = 50_000;
/** Tokens between the beginnings of two streams: more than one takes in. */
const APART = 65_536;

interface Place {
  readonly stream: ReturnType<LongformerEncoder['open']>;
  /** Where its tokens begin in the endless row of them. */
  readonly first: number;
  readonly last: Float32Array;
}

/**
 * Streams `tokens` tokens (10000..10^9) through 64 places: in each a stream opens, takes pushes of 1..16 tokens together with
 * others, goes through a snapshot now and then, and closes at random for another. Passes when neither the heap nor the engine's
 * memory grows, all of the streams' memory has come back, and outputs have the bits of the engine `reference`.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function runStreamsSoak(options: { readonly tokens: number }): StreamsSoakResult {
  const tokens = requireInteger('tokens', options.tokens, { min: 10_000, max: 1e9 });
  const start = performance.now();
  const soak = new StreamsSoak();
  // What the compiler allocates in the beginning is not a leak.
  soak.streamTo(WARM_UP);
  const at: number[] = [];
  const heap: number[] = [];
  const reserved: number[] = [];
  for (let sample = 1; sample <= SAMPLES; sample++) {
    soak.streamTo(WARM_UP + Math.round((tokens * sample) / SAMPLES));
    collectGarbage();
    at.push(soak.taken);
    heap.push(process.memoryUsage().heapUsed);
    reserved.push(soak.encoder.memory.reservedBytes);
  }
  const heapUsed = judgeGrowth(at, heap);
  const growth = judgeGrowth(at, reserved);
  const counts = soak.finish();
  const agrees = counts.differing === 0 && counts.compared > 0;
  return {
    bench: 'soak',
    model: 'longformer-streams',
    engine: soak.encoder.engine,
    tokens,
    seconds: (performance.now() - start) / 1000,
    ...counts,
    heapUsed,
    reserved: growth,
    passed: agrees && counts.leftBytes === 0 && !heapUsed.leaks && !growth.leaks,
  };
}

class StreamsSoak {
  readonly encoder = createLongformer(CONFIG, { seed: 5 });
  taken = 0;
  readonly #reference = createLongformer(CONFIG, { seed: 5 }, { engine: 'reference' });
  readonly #random = new Random(9);
  readonly #usedBefore: number;
  readonly #places: Place[];
  #opened = 0;
  #closed = 0;
  #compared = 0;
  #differing = 0;

  constructor() {
    // Scratch of the first stream stays.
    this.encoder.open().close();
    this.#usedBefore = this.encoder.memory.usedBytes;
    this.#places = Array.from({ length: STREAMS }, () => this.#open());
  }

  streamTo(end: number): void {
    while (this.taken < end) this.#step();
  }

  finish(): Pick<StreamsSoakResult, 'opened' | 'compared' | 'differing' | 'leftBytes'> {
    for (const { stream } of this.#places) stream.close();
    return {
      opened: this.#opened,
      compared: this.#compared,
      differing: this.#differing,
      leftBytes: this.encoder.memory.usedBytes - this.#usedBefore,
    };
  }

  /** A push to some streams together; then some of them close. */
  #step(): void {
    const going = this.#places.filter(() => this.#random.nextUnit() < 0.25);
    const batch = going.map(({ stream, first }): StreamPush => {
      const count = 1 + (this.#random.nextUint32() % LONGEST_PUSH);
      this.taken += count;
      const at = first + stream.position;
      return { stream, ...soakTokens(at, at + count, this.encoder.inputSize) };
    });
    this.encoder.pushMany(batch).forEach((rows, i) => {
      const place = going[i] as Place;
      if (rows.length > 0) place.last.set(rows.subarray(rows.length - place.last.length));
      const chance = this.#random.nextUnit();
      if (chance < CLOSE) this.#replace(place);
      else if (chance < 2 * CLOSE) place.stream.restore(place.stream.snapshot());
    });
  }

  #replace(place: Place): void {
    this.#closed += 1;
    if (this.#closed % COMPARED === 0) this.#compare(place);
    place.stream.close();
    this.#places[this.#places.indexOf(place)] = this.#open();
  }

  #open(): Place {
    this.#opened += 1;
    const last = new Float32Array(this.encoder.outputSize);
    return { stream: this.encoder.open(), first: this.#opened * APART, last };
  }

  #compare({ stream, first, last }: Place): void {
    const { tokens, kinds } = soakTokens(first, first + stream.position, this.encoder.inputSize);
    const whole = this.#reference.open();
    const rows = whole.push(tokens, kinds);
    whole.close();
    if (rows.length === 0) return;
    const expected = new Uint32Array(rows.slice(-last.length).buffer);
    const ours = new Uint32Array(last.buffer);
    this.#compared += 1;
    this.#differing += ours.reduce((sum, bits, i) => sum + (bits === expected[i] ? 0 : 1), 0);
  }
}
