import { type Chunk, InputError, ShapeError } from '../../core/index.ts';
import type { ModelSpec } from '../workers/model-spec.ts';

/**
 * Checks that a chunk has the channels and the rate that a model takes.
 * @throws ShapeError `SHAPE_MISMATCH`; InputError `SAMPLE_RATE_MISMATCH`
 */
export function requireChunkFits(spec: ModelSpec, chunk: Chunk): void {
  const { streamId } = chunk;
  const front = spec.kind === 'anomaly' ? undefined : spec.front;
  const channels =
    spec.kind === 'anomaly' ? spec.head.channels : spec.front.kind === 'logMel' ? 1 : spec.front.channels;
  if (chunk.channels !== channels) {
    throw new ShapeError(
      'SHAPE_MISMATCH',
      `Expected stream ${streamId} to have ${channels} channels, got ${chunk.channels}`,
    );
  }
  if (front?.kind === 'logMel' && chunk.sampleRateHz !== front.sampleRateHz) {
    throw new InputError(
      'SAMPLE_RATE_MISMATCH',
      `Expected a sample rate of ${front.sampleRateHz} Hz, got ${chunk.sampleRateHz} Hz`,
      { source: streamId },
    );
  }
}
