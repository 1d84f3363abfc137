import { createReformer, type LshRule, type ReformerConfig } from '../../models/index.ts';
import { cpuMs } from '../complexity/cpu-time.ts';
import { TOKEN_STREAMS, type TokenStream, writeToken } from './token-streams.ts';

/** Tokens made at once. */
const BLOCK = 256;

/** What is measured: two LSH layers of width 32, two rounds of 32 buckets, a horizon of 256 tokens. */
export const PRICE_CONFIG: ReformerConfig = {
  inputSize: 8,
  hiddenSize: 32,
  numHeads: 2,
  ffnSize: 64,
  layers: ['lsh', 'lsh'],
  lsh: { numBuckets: 32, numHashes: 2, chunkLength: 16, horizon: 256 },
};

/** The price of a token at one place of a stream. */
export interface PriceMeasurement {
  readonly bench: 'lsh-price';
  readonly rule: Exclude<LshRule, 'offline'>;
  readonly stream: TokenStream;
  /** Length of the stream at which it was taken. */
  readonly position: number;
  /** CPU microseconds per token, over the last tenth before `position`. */
  readonly usPerToken: number;
  /** Candidates of a head's query since the start, of the first layer. */
  readonly meanCandidates: number;
  readonly mostCandidates: number;
  /** Share of the horizon that lies in the fullest bucket of the first layer. */
  readonly fullestBucket: number;
  readonly evictions: number;
  readonly cacheBytes: number;
}

/**
 * Streams tokens whose buckets are spread, all the same, or drifting, and measures the price of a token at each mark. All
 * streams of a rule run side by side, tenth by tenth, so that a slow moment of the machine hits all of them.
 */
export function* lshPrice(rule: PriceMeasurement['rule'], marks: readonly number[]): Generator<PriceMeasurement> {
  const encoder = createReformer(
    { ...PRICE_CONFIG, lsh: { ...PRICE_CONFIG.lsh, rule } as ReformerConfig['lsh'] & object },
    { seed: 1 },
  );
  const runs = TOKEN_STREAMS.map((name) => ({ name, stream: encoder.open() }));
  const block = Array.from({ length: BLOCK }, () => new Float32Array(encoder.inputSize));
  // Milliseconds of the pushes; the tokens are made beforehand.
  const feed = (run: (typeof runs)[number], to: number): number => {
    let ms = 0;
    while (run.stream.position < to) {
      const count = Math.min(BLOCK, to - run.stream.position);
      for (let i = 0; i < count; i++) writeToken(run.name, run.stream.position + i, block[i] as Float32Array);
      ms += cpuMs(() => {
        for (let i = 0; i < count; i++) run.stream.push(block[i] as Float32Array);
      });
    }
    return ms;
  };
  for (const mark of [...marks].sort((a, b) => a - b)) {
    const timed = Math.ceil(mark / 10);
    for (const run of runs) feed(run, mark - timed);
    for (const run of runs) {
      const usPerToken = (1000 * feed(run, mark)) / timed;
      const { lsh = [], cacheBytes } = run.stream.stats();
      const [first] = lsh;
      if (first === undefined) continue;
      const held = Math.min(mark, PRICE_CONFIG.lsh?.horizon ?? 1);
      yield {
        bench: 'lsh-price',
        rule,
        stream: run.name,
        position: mark,
        usPerToken,
        meanCandidates: first.meanCandidates,
        mostCandidates: first.mostCandidates,
        fullestBucket: Math.max(...first.bucketLoads) / held,
        evictions: first.evictions,
        cacheBytes,
      };
    }
  }
}
