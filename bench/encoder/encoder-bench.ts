import { Random } from '../../core/index.ts';
import { createLongformer, type LongformerConfig, type LongformerEncoder } from '../../models/index.ts';

/** The two sizes that all encoder figures are given for; input tokens of 64 numbers. */
export const ENCODER_CONFIGS: Readonly<Record<'A' | 'B', LongformerConfig>> = {
  A: { inputSize: 64, hiddenSize: 128, numLayers: 4, numHeads: 4, ffnSize: 512, window: 512 },
  B: { inputSize: 64, hiddenSize: 256, numLayers: 6, numHeads: 8, ffnSize: 1024, window: 1024 },
};

/** One measurement. `position` is the length of the stream at which it was taken. */
export interface EncoderMeasurement {
  readonly bench: 'encoder';
  readonly model: 'longformer';
  readonly config: 'A' | 'B';
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
export function* encoderBench(options: {
  readonly config: 'A' | 'B';
  readonly marks: readonly number[];
}): Generator<EncoderMeasurement> {
  const encoder = createLongformer(ENCODER_CONFIGS[options.config], { seed: 1 });
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
