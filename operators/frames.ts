import type { OperatorFunction } from 'rxjs';
import type { Chunk, TokenBlock } from '../core/index.ts';
import type { FrameOptions } from './dsp/frame-slicer.ts';
import { FrameStream } from './dsp/frame-stream.ts';
import { requireMono } from './mono.ts';
import { tokensFromChunks } from './tokens-from-chunks.ts';

/**
 * Mono chunks → frames as tokens `[T, frameLength]`: frame n holds samples n × hopLength ..
 * n × hopLength + frameLength - 1, counted from the first sample that came. Any split into chunks gives the same
 * frames. Samples after the last whole frame give nothing.
 *
 * One block for each chunk, possibly of no tokens, carrying the chunk's `ack`. Holds one frame for each subscription.
 * @throws ConfigError at once for an option out of range. As an error of the result: ShapeError for several
 *   channels, InputError `TIME_NOT_MONOTONIC` for a gap, a duplicate or a step backwards in `startSample`,
 *   `SAMPLE_RATE_MISMATCH` for a changed rate, `VALUE_NOT_FINITE`.
 * @example
 * // chunks of [1,2,3] and [4,5]
 * chunks.pipe(frames({ frameLength: 4, hopLength: 1 })); // blocks of 0 and 2 tokens: [1,2,3,4], [2,3,4,5]
 */
export function frames(options: FrameOptions): OperatorFunction<Chunk, TokenBlock> {
  new FrameStream(options); // refuses bad options now, not at subscription
  return tokensFromChunks({
    hopSamples: options.hopLength,
    frameSamples: options.frameLength,
    open(first) {
      requireMono(first);
      return new FrameStream(options);
    },
  });
}
