import { afterAll, describe, expect, it } from 'vitest';
import type { Chunk } from '../../../core/index.ts';
import { createLongformer, type ReformerConfig } from '../../../models/index.ts';
import { type Finding, ModelPool, type ModelSpec, StreamTask } from '../../../pipeline/index.ts';

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
const AHEAD = {
  kind: 'embedding',
  front: { kind: 'none', channels: 1 },
  encoder: {
    longformer: { inputSize: 1, hiddenSize: 8, numLayers: 2, numHeads: 2, window: 4, lookAhead: [2, 1] },
    seed: 1,
  },
} as const;
const ahead = (): StreamTask => new StreamTask(pool, { spec: AHEAD, streamId: 'pump', columns: ['load'] });
const rows = (startSample: number, ...values: readonly number[]): Chunk =>
  chunk(startSample, { sampleRateHz: 0, samples: Float64Array.from(values) });
const samplesOf = (found: readonly Finding[]): unknown[] =>
  found.map(({ value }) => 'startSample' in value && value.startSample);

describe('StreamTask', () => {
  it('gives all rows of a model that waits for the end, however many', async () => {
    const reformer: ReformerConfig = {
      ...{ inputSize: 1, hiddenSize: 2, numHeads: 1, ffnSize: 1, causal: false },
      layers: ['local'],
      local: { chunkLength: 2, chunksBefore: 0 },
    };
    const spec: ModelSpec = {
      kind: 'embedding',
      front: { kind: 'none', channels: 1 },
      encoder: { reformer, seed: 1 },
      untilEnd: 'allow',
    };
    const stream = new StreamTask(pool, { spec, streamId: 'long', columns: ['load'] });
    const count = 150_000;
    const held = await stream.process(chunk(0, { sampleRateHz: 0, samples: new Float64Array(count).fill(0.5) }));
    expect([held.length, (await stream.finish()).length]).toEqual([0, count]);
    await stream.close();
  });

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
    expect(await stream.process(rows(0, 1, 2, 4))).toEqual([]);
    const found = [...(await stream.process(rows(10, 1, 2, 4))), ...(await stream.finish())];
    expect(samplesOf(found)).toEqual([0, 1, 2, 10, 11, 12]);
  });

  it('names rows that look-ahead gives late by their own token', async () => {
    const stream = ahead();
    const first = await stream.process(rows(100, 1, 2, 4, 8, 16));
    const second = await stream.process(rows(105, 32));
    const rest = await stream.finish();
    expect([first, second, rest].map(samplesOf)).toEqual([[100, 101], [102], [103, 104, 105]]);
    expect([...first, ...second, ...rest].map(({ value }) => 'token' in value && value.token)).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
    expect(stream.stats.tokens).toBe(6);
    const { encodings } = createLongformer(AHEAD.encoder.longformer, { seed: 1 }).encodeSequence({
      tokens: Float32Array.of(1, 2, 4, 8, 16, 32),
    });
    expect(
      [...first, ...second, ...rest].flatMap(({ value }) => ('embedding' in value ? [...value.embedding] : [])),
    ).toEqual([...encodings]);
  });

  it('gives out what look-ahead owes before a gap, as a stream that ends there would', async () => {
    const stream = ahead();
    const before = await stream.process(rows(0, 1, 2, 4, 8));
    const across = await stream.process(rows(50, 3, 5, 7, 9));
    expect(samplesOf(across)).toEqual([1, 2, 3, 50]);
    const ending = ahead();
    const whole = [...(await ending.process(rows(0, 1, 2, 4, 8))), ...(await ending.finish())];
    expect([...before, ...across.slice(0, 3)]).toEqual(whole);
  });

  it('keeps what is owed from before a gap when the chunk behind it is refused', async () => {
    const stream = ahead();
    await stream.process(rows(0, 1, 2, 4, 8));
    await expect(stream.process(rows(50, Number.NaN))).rejects.toMatchObject({ code: 'VALUE_NOT_FINITE' });
    expect(samplesOf(await stream.finish())).toEqual([1, 2, 3]);
  });

  it('begins anew with a chunk after finish, and owes nothing twice', async () => {
    const stream = ahead();
    await stream.process(rows(0, 1, 2, 4, 8));
    await stream.finish();
    expect(await stream.finish()).toEqual([]);
    const fresh = await ahead().process(rows(4, 1, 3, 5, 7));
    expect(await stream.process(rows(4, 1, 3, 5, 7))).toEqual(fresh);
    expect(samplesOf(fresh)).toEqual([4]);
  });

  it('refuses samples that it has seen also after finish, until it is closed', async () => {
    const stream = ahead();
    await stream.process(rows(0, 1, 2, 4, 8));
    await stream.finish();
    await expect(stream.process(rows(3, 1))).rejects.toMatchObject({ code: 'TIME_NOT_MONOTONIC' });
    await stream.close();
    expect(samplesOf(await stream.process(rows(0, 1, 2, 4, 8)))).toEqual([0]);
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
