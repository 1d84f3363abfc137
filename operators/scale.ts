import type { OperatorFunction } from 'rxjs';
import type { Chunk, TokenBlock } from '../core/index.ts';
import { StreamingScale, type StreamingScaleOptions } from './dsp/streaming-scale.ts';
import { tokensFromChunks } from './tokens-from-chunks.ts';

/**
 * Rows of a series → robustly scaled tokens `[T, channels]`, see {@link StreamingScale}; the number of channels is
 * the first chunk's. Blocks hold no tokens until `warmupRows` rows have come, then all of them; a source that ends
 * earlier gets its rows scaled by what there was. One block for each chunk, carrying its `ack`, and one more at the
 * end where rows were still held. Any split into chunks gives the same bits.
 * @throws ConfigError at once for an option out of range. As an error of the result: InputError
 *   `TIME_NOT_MONOTONIC`, `VALUE_NOT_FINITE`; ShapeError when the number of channels changes.
 */
export function scale(options: Omit<StreamingScaleOptions, 'channels'>): OperatorFunction<Chunk, TokenBlock> {
  const { warmupRows } = new StreamingScale({ ...options, channels: 1 });
  return tokensFromChunks({
    hopSamples: 1,
    frameSamples: 1,
    open: (first) => new StreamingScale({ channels: first.channels, warmupRows }),
  });
}
