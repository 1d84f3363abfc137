import { type Chunk, ConfigError, chunkLength, InputError, requireRows, ShapeError, show } from '../core/index.ts';

/**
 * Checks that the chunks of one subscription are consecutive: one stream, one shape, and each chunk begins where
 * the one before it ended.
 */
export class ChunkOrder {
  #first: Chunk | undefined;
  #nextSample = 0;

  /**
   * Takes the next chunk.
   * @throws InputError `TIME_NOT_MONOTONIC` for a gap, a duplicate or a step backwards, `SAMPLE_RATE_MISMATCH`
   *   for a changed rate; ShapeError for a changed number of channels or a ragged row; ConfigError for a second stream.
   */
  take(chunk: Chunk): void {
    requireRows('samples', chunk.samples, chunk.channels);
    this.#first ??= chunk;
    const first = this.#first;
    if (chunk.streamId !== first.streamId) {
      throw new ConfigError(
        'CONFIG_INVALID',
        `Expected one stream for each subscription, ${show(first.streamId)}, got ${show(chunk.streamId)}; split them with groupBy first`,
      );
    }
    if (chunk.channels !== first.channels) {
      throw new ShapeError('SHAPE_MISMATCH', `Expected \`channels\` to stay ${first.channels}, got ${chunk.channels}`);
    }
    if (chunk.sampleRateHz !== first.sampleRateHz) {
      throw new InputError(
        'SAMPLE_RATE_MISMATCH',
        `Expected \`sampleRateHz\` to stay ${first.sampleRateHz}, got ${chunk.sampleRateHz}`,
        { source: chunk.streamId, row: chunk.startSample },
      );
    }
    if (chunk !== first && chunk.startSample !== this.#nextSample) {
      throw new InputError(
        'TIME_NOT_MONOTONIC',
        `Expected \`startSample\` to be ${this.#nextSample}, got ${chunk.startSample}`,
        { source: chunk.streamId, row: chunk.startSample },
      );
    }
    this.#nextSample = chunk.startSample + chunkLength(chunk);
  }
}

/** Event time of sample 0 of a chunk's stream, `undefined` where it cannot be told. */
export function originTimeMs(chunk: Chunk): number | undefined {
  if (chunk.eventTimeMs === undefined) return undefined;
  if (chunk.startSample === 0) return chunk.eventTimeMs;
  return chunk.sampleRateHz > 0 ? chunk.eventTimeMs - (chunk.startSample * 1000) / chunk.sampleRateHz : undefined;
}
