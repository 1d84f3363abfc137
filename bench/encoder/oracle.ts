import type { EncoderStream } from '../../core/index.ts';
import { type Batch, fillTokens } from './batch.ts';
import type { BenchModel, Engine, EngineSession } from './engines/engine.ts';
import { filledStream } from './engines/own.ts';

/** What the reference encoder gives for batches that come after the fill, worked out when asked for. */
export class Oracle {
  readonly #model: BenchModel;
  /** Has seen the fill; absent until it is asked for, because that takes seconds. */
  #filled: EncoderStream | undefined;

  constructor(model: BenchModel) {
    this.#model = model;
  }

  /**
   * The largest difference of `session` over `batches`, which are the first that it takes. Streams 0 and the last are compared;
   * NaN where the session gives another number of rows.
   */
  async difference(engine: Engine, session: EngineSession, batches: readonly Batch[]): Promise<number> {
    return engine.sees === 'stream' ? this.#ofStreams(session, batches) : this.#ofWindow(session, batches);
  }

  async #ofStreams(session: EngineSession, batches: readonly Batch[]): Promise<number> {
    this.#filled ??= filledStream(this.#model.encoder, this.#model.reach);
    const filled = this.#filled;
    const last = (batches[0]?.each.length ?? 1) - 1;
    const compared = [...new Set([0, last])].map((index) => ({ index, stream: filled.clone() }));
    let most = 0;
    for (const batch of batches) {
      await session.step(batch);
      for (const { index, stream } of compared) {
        const expected = stream.push(batch.each[index] as Float32Array);
        most = Math.max(most, largestDifference(session.encodings(index), expected));
      }
    }
    for (const { stream } of compared) stream.close();
    return most;
  }

  /** A window alone is what a new stream makes of it; one call of the first stream is compared. */
  async #ofWindow(session: EngineSession, batches: readonly Batch[]): Promise<number> {
    const { encoder, reach } = this.#model;
    const batch = batches[0] as Batch;
    const tokens = batch.each[0] as Float32Array;
    await session.step(batch);
    const stream = encoder.open();
    const before = reach * encoder.inputSize - tokens.length;
    stream.push(fillTokens(reach, encoder.inputSize).slice(-before));
    const difference = largestDifference(session.encodings(0), stream.push(tokens));
    stream.close();
    return difference;
  }
}

function largestDifference(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.NaN;
  let most = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] as number) - (expected[i] as number));
    if (!(difference <= most)) most = difference;
  }
  return most;
}
