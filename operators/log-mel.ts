import type { OperatorFunction } from 'rxjs';
import { type Chunk, InputError, type TokenBlock } from '../core/index.ts';
import { type LogMelOptions, LogMelStream } from './dsp/log-mel-stream.ts';
import { requireMono } from './mono.ts';
import { tokensFromChunks } from './tokens-from-chunks.ts';

/**
 * Mono chunks of audio in [-1, 1] → log-mel tokens `[T, melBins]`, see {@link LogMelStream}. Any split into chunks
 * gives the same bits. One block for each chunk, possibly of no tokens, carrying the chunk's `ack`.
 * @throws ConfigError at once for an option out of range. As an error of the result: InputError
 *   `SAMPLE_RATE_MISMATCH` when a chunk has another rate than the option, `TIME_NOT_MONOTONIC`,
 *   `VALUE_NOT_FINITE`; ShapeError for several channels.
 * @example
 * chunks.pipe(logMel()); // a second at 16 kHz: 98 tokens of 64
 */
export function logMel(options: LogMelOptions = {}): OperatorFunction<Chunk, TokenBlock> {
  const { sampleRateHz, frameLength, hopLength } = new LogMelStream(options);
  return tokensFromChunks({
    hopSamples: hopLength,
    frameSamples: frameLength,
    open(first) {
      requireMono(first);
      if (first.sampleRateHz !== sampleRateHz) {
        throw new InputError(
          'SAMPLE_RATE_MISMATCH',
          `Expected \`sampleRateHz\` to be ${sampleRateHz}, got ${first.sampleRateHz}`,
          { source: first.streamId },
        );
      }
      return new LogMelStream(options);
    },
  });
}
