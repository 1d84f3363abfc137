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

/**
 * Checks that all samples are finite, also in float32, and names the first that is not by its place in the stream: a model
 * that was begun later counts from elsewhere.
 * @throws InputError `VALUE_NOT_FINITE`
 */
export function requireFiniteSamples({ samples, channels, startSample, streamId }: Chunk): void {
  const wrong = samples.findIndex((value) => !Number.isFinite(Math.fround(value)));
  if (wrong < 0) return;
  const [sample, channel] = [startSample + Math.floor(wrong / channels), wrong % channels];
  throw new InputError(
    'VALUE_NOT_FINITE',
    `Expected channel ${channel} of sample ${sample} to be finite, got ${samples[wrong]}`,
    { source: streamId },
  );
}
