import { afterAll, describe, expect, it } from 'vitest';
import type { Chunk } from '../../../core/index.ts';
import { ModelPool, StreamTask } from '../../../pipeline/index.ts';

const pool = new ModelPool({ workers: 1 });
afterAll(() => pool.close());

const AUDIO = {
  kind: 'embedding',
  front: { kind: 'logMel', sampleRateHz: 16_000 },
  encoder: { longformer: { inputSize: 64, hiddenSize: 8, numLayers: 1, numHeads: 1, window: 4 }, seed: 1 },
} as const;
const task = (): StreamTask => new StreamTask(pool, { spec: AUDIO, streamId: 'hall', columns: ['audio'] });
const chunk = (startSample: number, change: Partial<Chunk> = {}): Chunk => ({
  ...{ streamId: 'hall', startSample, sampleRateHz: 16_000, channels: 1, eventTimeMs: undefined },
  samples: new Float32Array(800).map((_, i) => Math.sin(startSample + i)),
  ...change,
});

describe('StreamTask', () => {
  it('names tokens by the exact sample at which they begin', async () => {
    const stream = task();
    const found = [...(await stream.process(chunk(0))), ...(await stream.process(chunk(800)))];
    expect(found.map(({ value }) => 'startSample' in value && value.startSample)).toEqual([
      0, 160, 320, 480, 640, 800, 960, 1120,
    ]);
  });

  it('starts anew after a gap, with the first sample behind it as origin, as a fresh stream would', async () => {
    const stream = task();
    await stream.process(chunk(0));
    const after = await stream.process(chunk(5000, { eventTimeMs: 1_000 }));
    const fresh = await task().process(chunk(5000, { eventTimeMs: 1_000 }));
    expect(after).toEqual(fresh);
    expect(after[1]?.value).toMatchObject({ token: 1, startSample: 5160, time: '1970-01-01T00:00:01.010Z' });
  });

  it('gives out what a front held back before a gap', async () => {
    const spec = {
      kind: 'embedding',
      front: { kind: 'scale', channels: 1, warmupRows: 25 },
      encoder: { longformer: { inputSize: 1, hiddenSize: 8, numLayers: 1, numHeads: 1, window: 4 }, seed: 1 },
    } as const;
    const stream = new StreamTask(pool, { spec, streamId: 'pump', columns: ['load'] });
    const rows = (startSample: number): Chunk =>
      chunk(startSample, { sampleRateHz: 0, samples: Float64Array.of(1, 2, 4) });
    expect(await stream.process(rows(0))).toEqual([]);
    const found = [...(await stream.process(rows(10))), ...(await stream.finish())];
    expect(found.map(({ value }) => 'startSample' in value && value.startSample)).toEqual([0, 1, 2, 10, 11, 12]);
  });

  it.each([
    ['an overlap', chunk(799), 'TIME_NOT_MONOTONIC'],
    ['another sample rate', chunk(800, { sampleRateHz: 8000 }), 'SAMPLE_RATE_MISMATCH'],
    ['another number of channels', chunk(800, { channels: 2 }), 'SHAPE_MISMATCH'],
    ['a sample that is not finite', chunk(800, { samples: Float32Array.of(0, Number.NaN) }), 'VALUE_NOT_FINITE'],
  ])('refuses %s and goes on as if it had not come', async (_, bad, code) => {
    const stream = task();
    await stream.process(chunk(0));
    await expect(stream.process(bad)).rejects.toMatchObject({ code });
    const undisturbed = task();
    await undisturbed.process(chunk(0));
    expect(await stream.process(chunk(800))).toEqual(await undisturbed.process(chunk(800)));
  });
});
