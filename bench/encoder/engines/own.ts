import type { EncoderStream, StreamEncoder, StreamPush } from '../../../core/index.ts';
import { type Batch, fillBatches } from '../batch.ts';
import { type BenchModel, cacheBytes, type Engine, type EngineSession, type SessionShape } from './engine.ts';

/** Rings hold a block more than the window, and a stream its scratch. */
const OVERHEAD = 1.2;

/**
 * An engine of this package. Streams are clones of one that has seen the fill.
 * @param encoderOf makes the encoder with the weights of the model
 */
export function ownEngine(name: 'reference' | 'wasm', encoderOf: (model: BenchModel) => StreamEncoder): Engine {
  const filled = new Map<BenchModel, { readonly encoder: StreamEncoder; readonly stream: EncoderStream }>();
  return {
    name,
    families: ['longformer', 'reformer'],
    sees: 'stream',
    // The same bits.
    tolerance: 0,
    bytes: (model, streams) => OVERHEAD * streams * cacheBytes(model),
    open: async (model, shape) => {
      let seed = filled.get(model);
      if (seed === undefined) {
        const encoder = encoderOf(model);
        seed = { encoder, stream: filledStream(encoder, model.reach) };
        filled.set(model, seed);
      }
      const { encoder, stream } = seed;
      return openSession(encoder, clones(stream, shape.streams), shape);
    },
  };
}

/** So many, or none when they do not all fit. */
function clones(stream: EncoderStream, count: number): EncoderStream[] {
  const made: EncoderStream[] = [];
  try {
    while (made.length < count) made.push(stream.clone());
  } catch (error) {
    for (const one of made) one.close();
    throw error;
  }
  return made;
}

/** A stream of `encoder` that has seen the fill. */
export function filledStream(encoder: StreamEncoder, reach: number): EncoderStream {
  const stream = encoder.open();
  for (const { all } of fillBatches(reach, encoder.inputSize)) stream.push(all);
  return stream;
}

function openSession(encoder: StreamEncoder, streams: readonly EncoderStream[], shape: SessionShape): EngineSession {
  const only = shape.streams === 1 ? streams[0] : undefined;
  const pushes = new Map<Batch, readonly StreamPush[]>();
  let given: readonly Float32Array[] = [];
  return {
    step(batch) {
      if (only !== undefined) {
        given = [only.push(batch.all)];
        return;
      }
      let pushed = pushes.get(batch);
      if (pushed === undefined) {
        pushed = streams.map((stream, i) => ({ stream, tokens: batch.each[i] as Float32Array }));
        pushes.set(batch, pushed);
      }
      given = encoder.pushMany(pushed);
    },
    encodings: (stream) => given[stream] as Float32Array,
    close() {
      for (const stream of streams) stream.close();
    },
  };
}
