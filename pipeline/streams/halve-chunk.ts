import { type Chunk, chunkLength } from '../../core/index.ts';

/** A chunk of at least two samples as two chunks that follow each other. The samples are not copied. */
export function halveChunk(chunk: Chunk): readonly [Chunk, Chunk] {
  const middle = chunkLength(chunk) >> 1;
  const { ack: _, samples, timeTexts, eventTimesMs, ...rest } = chunk;
  const part = (from: number, to: number): Chunk => ({
    ...rest,
    startSample: chunk.startSample + from,
    samples: samples.subarray(from * chunk.channels, to * chunk.channels),
    eventTimeMs: from === 0 ? chunk.eventTimeMs : eventTimesMs?.[from],
    ...(timeTexts === undefined ? {} : { timeTexts: timeTexts.slice(from, to) }),
    ...(eventTimesMs === undefined ? {} : { eventTimesMs: eventTimesMs.slice(from, to) }),
  });
  return [part(0, middle), part(middle, chunkLength(chunk))];
}
