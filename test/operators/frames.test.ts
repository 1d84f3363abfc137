import fc from 'fast-check';
import { from, lastValueFrom, of, reduce } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { TokenBlock } from '../../core/index.ts';
import { FrameStream, frames } from '../../operators/index.ts';
import { audioChunk, consecutive } from './chunks.ts';
import { cut } from './dsp/splits.ts';
import { describeOperator } from './operator-contract.ts';

const block = (startToken: number, tokens: number[]): TokenBlock => ({
  streamId: 's',
  startToken,
  tokens: Float32Array.from(tokens),
  width: 4,
  originSample: 0,
  hopSamples: 2,
  frameSamples: 4,
  sampleRateHz: 16000,
  originTimeMs: undefined,
});

describeOperator('frames', {
  operator: () => frames({ frameLength: 4, hopLength: 2 }),
  items: [audioChunk(0, [1, 2, 3]), audioChunk(3, [4, 5, 6, 7]), audioChunk(7, [8])],
  outputs: { a: [block(0, [])], b: [block(0, [1, 2, 3, 4, 3, 4, 5, 6])], c: [block(2, [5, 6, 7, 8])] },
  atEnd: { afterA: [], afterC: [] },
  *endless() {
    for (let i = 0; ; i++) yield audioChunk(i, [i]);
  },
  pulledForOne: 1,
});

const outcome = (...chunks: ReturnType<typeof audioChunk>[]): Promise<TokenBlock> =>
  lastValueFrom(from(chunks).pipe(frames({ frameLength: 4, hopLength: 2 })));

/** The definition itself: frame n is samples n × hop .. n × hop + length - 1. */
function framesByDefinition(samples: Float32Array, frameLength: number, hopLength: number): number[] {
  const all: number[] = [];
  for (let n = 0; n * hopLength + frameLength <= samples.length; n++) {
    all.push(...samples.subarray(n * hopLength, n * hopLength + frameLength));
  }
  return all;
}

describe('frames', () => {
  it('equals the definition for any split, any length and any hop, also a hop longer than the frame', async () => {
    const sizes = fc.integer({ min: 1, max: 9 });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.array(fc.nat(60), { maxLength: 10 }), async (frameLength, hopLength, cuts) => {
        const samples = Float32Array.from({ length: 60 }, (_, i) => i);
        const chunks = consecutive(cut(samples, cuts));
        const tokens = from(chunks).pipe(
          frames({ frameLength, hopLength }),
          reduce((all: number[], made) => [...all, ...made.tokens], []),
        );
        expect(await lastValueFrom(tokens)).toEqual(framesByDefinition(samples, frameLength, hopLength));
      }),
    );
  });

  it('names stream and sample of a value that is not finite, counted from the start of the stream', async () => {
    const outcomeAt160 = outcome(audioChunk(160, [0, Number.NaN]));
    await expect(outcomeAt160).rejects.toMatchObject({ place: { source: 's', row: 161 } });
  });

  it('hands the ack of each chunk on', async () => {
    const ack = (): void => {};
    expect((await outcome(audioChunk(0, [1], { ack }))).ack).toBe(ack);
  });

  it('counts samples from the first that came and derives the time of sample 0', async () => {
    const made = await outcome(audioChunk(160, [1, 2, 3, 4], { eventTimeMs: 1010 }));
    expect(made).toMatchObject({ originSample: 160, originTimeMs: 1000 });
  });

  it.each([
    ['a gap', audioChunk(4, [1]), { code: 'TIME_NOT_MONOTONIC' }],
    ['a duplicate', audioChunk(0, [1, 2, 3]), { code: 'TIME_NOT_MONOTONIC' }],
    ['a step backwards', audioChunk(2, [1]), { code: 'TIME_NOT_MONOTONIC' }],
    ['another rate', audioChunk(3, [1], { sampleRateHz: 8000 }), { code: 'SAMPLE_RATE_MISMATCH' }],
    ['more channels', audioChunk(3, [1, 2], { channels: 2 }), { name: 'ShapeError' }],
    ['another stream', audioChunk(3, [1], { streamId: 'other' }), { name: 'ConfigError' }],
    [
      'a sample that is not finite',
      audioChunk(3, [Number.NaN]),
      { code: 'VALUE_NOT_FINITE', place: { source: 's', row: 3 } },
    ],
  ])('refuses %s', async (_, second, refusal) => {
    await expect(outcome(audioChunk(0, [1, 2, 3]), second)).rejects.toMatchObject(refusal);
  });

  it('refuses a first chunk of two channels', async () => {
    await expect(outcome(audioChunk(0, [1, 2], { channels: 2 }))).rejects.toMatchObject({ name: 'ShapeError' });
  });

  it('refuses a float64 sample that float32 cannot hold', async () => {
    const samples = Float64Array.of(1e300);
    await expect(outcome(audioChunk(0, [], { samples }))).rejects.toMatchObject({ code: 'VALUE_NOT_FINITE' });
  });

  it('refuses options out of range when it is made', () => {
    expect(() => frames({ frameLength: 0, hopLength: 1 })).toThrow(
      /`frameLength` to be an integer in 1..16777216, got 0/,
    );
    expect(() => frames({ frameLength: 4, hopLength: 1.5 })).toThrow(/`hopLength`/);
  });

  it('passes chunks without samples', async () => {
    expect(await lastValueFrom(of(audioChunk(0, [])).pipe(frames({ frameLength: 1, hopLength: 1 })))).toMatchObject({
      tokens: new Float32Array(0),
    });
  });
});

describe('FrameStream', () => {
  it('continues from a snapshot while it skips samples between frames', () => {
    const stream = new FrameStream({ frameLength: 2, hopLength: 5 });
    stream.push(Float32Array.of(0, 1, 2, 3));
    const restored = new FrameStream({ frameLength: 2, hopLength: 5 });
    restored.restore(stream.snapshot());
    expect([...restored.push(Float32Array.of(4, 5, 6))]).toEqual([5, 6]);
  });

  it('refuses a damaged snapshot and keeps its state', () => {
    const stream = new FrameStream({ frameLength: 2, hopLength: 2 });
    stream.push(Float32Array.of(7));
    const bytes = stream.snapshot();
    bytes[bytes.length - 6]! ^= 1;
    expect(() => stream.restore(bytes)).toThrow(expect.objectContaining({ code: 'SNAPSHOT_CORRUPT' }));
    expect([...stream.push(Float32Array.of(8))]).toEqual([7, 8]);
  });
});
