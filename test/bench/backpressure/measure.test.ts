import { describe, expect, it } from 'vitest';
import { measureBackpressure } from '../../../bench/backpressure/measure.ts';

const load = { chunks: 40, chunkBytes: 1024, consumerMs: 0, credits: 4 };

describe('measureBackpressure', () => {
  it('sees rxjs alone hold the whole source', async () => {
    expect(await measureBackpressure('push', load)).toMatchObject({ bytes: 40 * 1024, peakChunks: 40 });
  });

  it('sees a plain loop hold one chunk', async () => {
    expect(await measureBackpressure('floor', load)).toMatchObject({ bytes: 40 * 1024, peakChunks: 1 });
  });

  it('sees the credit operator hold no more than its credits, and read the same bytes', async () => {
    const checksum = (40 * 39) / 2;
    expect(await measureBackpressure('credit', load)).toMatchObject({ bytes: 40 * 1024, peakChunks: 4, checksum });
  });
});
