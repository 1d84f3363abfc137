import type { Chunk, TokenBlock } from '../../core/index.ts';

/** A mono chunk at 16 kHz that starts at the given sample. */
export function audioChunk(
  startSample: number,
  samples: readonly number[] | Float32Array,
  more: Partial<Chunk> = {},
): Chunk {
  return {
    streamId: 's',
    startSample,
    sampleRateHz: 16000,
    channels: 1,
    samples: Float32Array.from(samples),
    eventTimeMs: undefined,
    ...more,
  };
}

/** A block of one-number tokens, 10 samples apart, that begins at sample 100 of its stream. */
export function tokenBlock(startToken: number, tokens: readonly number[], more: Partial<TokenBlock> = {}): TokenBlock {
  return {
    streamId: 's',
    startToken,
    tokens: Float32Array.from(tokens),
    width: 1,
    originSample: 100,
    hopSamples: 10,
    frameSamples: 25,
    sampleRateHz: 1000,
    originTimeMs: undefined,
    ...more,
  };
}

/** Chunks that follow on one another, one for each part. */
export function consecutive(parts: readonly Float32Array[]): Chunk[] {
  const chunks: Chunk[] = [];
  let startSample = 0;
  for (const part of parts) {
    chunks.push(audioChunk(startSample, part));
    startSample += part.length;
  }
  return chunks;
}
