import { Random } from '../../core/index.ts';
import { createLongformer, type LongformerEncoder } from '../../models/index.ts';
import { ENCODER_CONFIGS, type EncoderSize, WEIGHTS_SEED } from './configs.ts';

/** One measurement. `position` is the length of the stream at which it was taken. */
export interface GrowthMeasurement {
  readonly bench: 'encoder';
  readonly model: 'longformer';
  readonly config: EncoderSize;
  readonly streams: number;
  /** Tokens per push. */
  readonly tokens: number;
  /** `reference`: incremental, plain TypeScript; `recompute`: the same engine run over the whole window for each new token. */
  readonly engine: 'reference' | 'recompute';
  readonly position: number;
  /** CPU microseconds per new token. */
  readonly usPerToken: number;
  readonly cacheBytes: number;
}

/** Tokens timed up to each mark. */
const TIMED_TOKENS = 500;

/**
 * Measures CPU time per token as the stream grows: `TIMED_TOKENS` one-token pushes that end at each mark.
 * The tokens between the marks are really encoded. Takes `max(marks)` × the price of a token.
 */
export function* growthBench(options: {
  readonly config: EncoderSize;
  readonly marks: readonly number[];
}): Generator<GrowthMeasurement> {
  const encoder = createLongformer(ENCODER_CONFIGS[options.config], { seed: WEIGHTS_SEED }, { engine: 'reference' });
  const random = new Random(7);
  const token = new Float32Array(encoder.inputSize);
  const nextToken = (): Float32Array => {
    for (let c = 0; c < token.length; c++) token[c] = random.nextSymmetric(1);
    return token;
  };
  const stream = encoder.open();
  const base = { bench: 'encoder', model: 'longformer', config: options.config, streams: 1, tokens: 1 } as const;
  for (const mark of [...options.marks].sort((a, b) => a - b)) {
    while (stream.position < mark - TIMED_TOKENS) stream.push(nextToken());
    const count = mark - stream.position;
    const usPerToken =
      cpuMicros(() => {
        for (let i = 0; i < count; i++) stream.push(nextToken());
      }) / count;
    yield { ...base, engine: 'reference', position: mark, usPerToken, cacheBytes: stream.stats().cacheBytes };
  }
  yield {
    ...base,
    engine: 'recompute',
    position: windowOf(encoder),
    usPerToken: recompute(encoder, nextToken),
    cacheBytes: 0,
  };
}

/** What a token costs when the last `window` tokens are encoded anew for it. */
function recompute(encoder: LongformerEncoder, nextToken: () => Float32Array): number {
  const window = windowOf(encoder);
  const tokens = new Float32Array(window * encoder.inputSize);
  for (let t = 0; t < window; t++) tokens.set(nextToken(), t * encoder.inputSize);
  return cpuMicros(() => {
    const stream = encoder.open();
    stream.push(tokens);
    stream.close();
  });
}

function windowOf(encoder: LongformerEncoder): number {
  return Math.max(...encoder.config.window);
}

function cpuMicros(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
