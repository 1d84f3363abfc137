import type { EncoderStream, StreamEncoder } from '../../core/index.ts';
import { CachedReformer, type LongformerEncoder } from '../../models/index.ts';
import { cpuMs, medianCpuMs } from './cpu-time.ts';
import { encodeHoldingMatrix } from './full-attention.ts';
import type { ComplexityMeasurement, ComplexityModel } from './measurement.ts';
import { heldByFirstLayer, liveArrayBytes, settledBytes, takenByFirstLayer } from './memory.ts';
import { fullEncoder, lshEncoder, reachOf } from './model.ts';

/** Time and memory of one model over `tokens`. */
export type Figures = Pick<ComplexityMeasurement, 'ms' | 'bytes' | 'runs' | 'sampled'>;

/** The sliding-window model, and tokens `[n, inputSize]` for it. */
export interface Subject {
  readonly encoder: LongformerEncoder;
  readonly tokens: Float32Array;
  readonly length: number;
}

/** How each model is measured. */
export const SUBJECTS: Readonly<Record<ComplexityModel, (subject: Subject) => Figures>> = {
  full: ({ encoder, tokens, length }) => measureOffline(fullEncoder(encoder, length), tokens, encodeHoldingMatrix),
  'full-rows': ({ encoder, tokens, length }) => measureOffline(fullEncoder(encoder, length), tokens, encodeAtOnce),
  'longformer-offline': ({ encoder, tokens }) => measureOffline(encoder, tokens, encodeAtOnce),
  'longformer-stream': measureStream,
  recompute: (subject) => measureRecompute(subject, { hop: 1, samples: 16 }),
  'recompute-64': (subject) => measureRecompute(subject, { hop: 64, samples: 8 }),
  'reformer-offline': measureSorted,
  'reformer-stream': (subject) => measureStream({ ...subject, encoder: lshEncoder('bucket-recency') }),
  'reformer-cached': measureCached,
};

type Encode = (encoder: LongformerEncoder, tokens: Float32Array) => unknown;

function encodeAtOnce(encoder: LongformerEncoder, tokens: Float32Array): unknown {
  return encoder.encodeSequence({ tokens });
}

function measureOffline(encoder: LongformerEncoder, tokens: Float32Array, encode: Encode): Figures {
  const bytes = heldByFirstLayer(encoder, (probed) => encode(probed, tokens));
  return { ...medianCpuMs(() => encode(encoder, tokens)), bytes };
}

/** Pushes one token at a time and flushes; each output is dropped when the next comes. */
function measureStream({
  encoder,
  tokens,
  length,
}: Omit<Subject, 'encoder'> & { readonly encoder: StreamEncoder }): Figures {
  const bytes = settledBytes(() => {
    const before = liveArrayBytes();
    const stream = encoder.open();
    pushAll(stream, tokens, length);
    const owed = stream.flush();
    const held = liveArrayBytes() - before;
    stream.close();
    // What the flush gave is alive until here.
    return Math.max(held, owed.byteLength);
  });
  const timed = medianCpuMs(() => {
    const stream = encoder.open();
    pushAll(stream, tokens, length);
    stream.flush();
  });
  return { ...timed, bytes };
}

function pushAll(stream: EncoderStream, tokens: Float32Array, length: number): void {
  const width = tokens.length / length;
  for (let t = 0; t < length; t++) stream.push(tokens.subarray(t * width, (t + 1) * width));
}

/**
 * For every `hop` new tokens the model runs over those whose encodings become final and Λ tokens to either side of them,
 * cut to the sequence. Times `samples` such runs, spread over the sequence.
 */
function measureRecompute(
  { encoder, tokens, length }: Subject,
  { hop, samples }: { readonly hop: number; readonly samples: number },
): Figures {
  const width = encoder.inputSize;
  const held = Math.min(length, 2 * reachOf(encoder) + hop);
  const buffer = new Float32Array(held * width);
  const fill = (sample: number): void => {
    const from = Math.floor(((length - held) * sample) / Math.max(1, samples - 1));
    buffer.set(tokens.subarray(from * width, (from + held) * width));
  };
  const bytes = buffer.byteLength + heldByFirstLayer(encoder, (probed) => encodeAtOnce(probed, buffer));
  const sampledMs = cpuMs(() => {
    for (let sample = 0; sample < samples; sample++) {
      fill(sample);
      encodeAtOnce(encoder, buffer);
    }
  });
  return { ms: (sampledMs / samples) * (length / hop), bytes, runs: 1, sampled: samples };
}

/** LSH attention of the whole sequence at once. */
function measureSorted({ tokens }: Subject): Figures {
  const encoder = lshEncoder('offline');
  const bytes = takenByFirstLayer(encoder, (probed) => probed.encodeSequence({ tokens }));
  return { ...medianCpuMs(() => encoder.encodeSequence({ tokens })), bytes };
}

/** Steps of the reference's cache that are timed after `length` tokens. */
const CACHED_STEPS = 8;

/**
 * The reference's cached generation: it keeps every token, and each step sorts all of them and copies them once. The price of
 * a step after `length` tokens, as if every token had cost that.
 */
function measureCached({ tokens, length }: Subject): Figures {
  const encoder = lshEncoder('offline');
  const width = encoder.inputSize;
  let cached: CachedReformer | undefined;
  const bytes = settledBytes(() => {
    cached = undefined;
    const before = liveArrayBytes();
    cached = new CachedReformer(encoder, 1);
    cached.start([tokens]);
    return liveArrayBytes() - before;
  });
  const step = (i: number): unknown => cached?.step([tokens.subarray(i * width, (i + 1) * width)]);
  const sampledMs = cpuMs(() => {
    for (let i = 0; i < CACHED_STEPS; i++) step(i % length);
  });
  return { ms: (sampledMs / CACHED_STEPS) * length, bytes, runs: 1, sampled: CACHED_STEPS };
}
