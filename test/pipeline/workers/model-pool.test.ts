import { describe, expect, it } from 'vitest';
import { type EncoderSpec, ModelPool, type ModelSpec } from '../../../pipeline/index.ts';
import { EncoderCache } from '../../../pipeline/workers/encoder-cache.ts';
import { openStreamModel } from '../../../pipeline/workers/stream-model.ts';

const SPEC: ModelSpec & { kind: 'embedding' } = {
  kind: 'embedding',
  front: { kind: 'scale', channels: 1, warmupRows: 3 },
  encoder: { longformer: { inputSize: 1, hiddenSize: 8, numLayers: 1, numHeads: 1, window: 5 }, seed: 9 },
};
const rows = (from: number, length: number): Float64Array => new Float64Array(length).map((_, i) => Math.cos(from + i));

describe('ModelPool', () => {
  it('answers as the same model does on the main thread, streams side by side on several workers', async () => {
    const pool = new ModelPool({ workers: 2 });
    const streams = await Promise.all(Array.from({ length: 5 }, () => pool.open(SPEC)));
    const answers = await Promise.all(
      streams.map(async (stream, s) => [await stream.push(rows(s, 20)), await stream.push(rows(s + 20, 10))]),
    );
    for (const s of streams.keys()) {
      const model = await openStreamModel(SPEC, new EncoderCache());
      expect(answers[s]).toEqual([model.push(rows(s, 20)), model.push(rows(s + 20, 10))]);
    }
    expect(streams[0]?.stats).toMatchObject({ tokens: 30 });
    await pool.close();
  });

  it('computes with the engine that a model names, and gives the same bits with each', async () => {
    const cache = new EncoderCache();
    const [wasm, reference] = (['wasm', 'reference'] as const).map((engine) => ({ ...SPEC.encoder, engine }));
    expect((await cache.get(wasm as EncoderSpec)).engine).toBe('wasm');
    expect((await cache.get(reference as EncoderSpec)).engine).toBe('reference');
    const pool = new ModelPool({ workers: 1 });
    const streams = await Promise.all([wasm, reference].map((encoder) => pool.open({ ...SPEC, encoder } as ModelSpec)));
    const [first, second] = await Promise.all(streams.map((stream) => stream.push(rows(0, 40))));
    expect(first).toMatchObject({ rows: { length: 40 * 8 } });
    expect(first).toEqual(second);
    await expect(pool.open({ ...SPEC, encoder: { ...SPEC.encoder, engine: 'gpu' } } as never)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('`engine`'),
    });
    await pool.close();
  });

  it('keeps the main thread free while a model works', async () => {
    const pool = new ModelPool({ workers: 1 });
    const stream = await pool.open({
      ...SPEC,
      encoder: { longformer: { inputSize: 1, hiddenSize: 64, numLayers: 4, numHeads: 2, window: 256 }, seed: 1 },
    });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await stream.push(rows(0, 400));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
    await pool.close();
  });

  it('brings errors back with class and code, and the stream goes on', async () => {
    const pool = new ModelPool({ workers: 1 });
    const stream = await pool.open(SPEC);
    await expect(stream.push(Float64Array.of(1, Number.NaN))).rejects.toMatchObject({
      name: 'InputError',
      code: 'VALUE_NOT_FINITE',
    });
    expect(await stream.push(rows(0, 5))).toMatchObject({ kind: 'embedding', startToken: 0 });
    const bad = {
      ...SPEC,
      encoder: { longformer: { inputSize: 1, hiddenSize: 7, numLayers: 1, numHeads: 2 }, seed: 1 },
    };
    await expect(pool.open(bad)).rejects.toMatchObject({ name: 'ConfigError', code: 'CONFIG_INVALID' });
    await pool.close();
  });

  it('refuses a model that cannot be posted, and goes on', async () => {
    const pool = new ModelPool({ workers: 1 });
    await expect(pool.open({ ...SPEC, front: () => undefined } as never)).rejects.toMatchObject({
      ...{ name: 'WorkerError', code: 'WORKER_CRASHED', message: expect.stringContaining('could not be cloned') },
      cause: { name: 'DataCloneError' },
    });
    expect(pool.stats()).toMatchObject([{ streams: 0, queuedBytes: 0, crashes: 0 }]);
    const stream = await pool.open(SPEC);
    expect(await stream.push(rows(0, 5))).toMatchObject({ kind: 'embedding', startToken: 0 });
    await pool.close();
  });

  it('holds the bytes under way below its bound and keeps the order', async () => {
    const pool = new ModelPool({ workers: 1, maxQueuedBytes: 1024 });
    const stream = await pool.open(SPEC);
    const outputs = await Promise.all(Array.from({ length: 20 }, (_, i) => stream.push(rows(i * 100, 100))));
    expect(outputs.map((output) => output.kind === 'embedding' && output.startToken)).toEqual(
      Array.from({ length: 20 }, (_, i) => i * 100),
    );
    await pool.close();
  });

  it('rejects calls under way when it closes, and later ones', async () => {
    const pool = new ModelPool({ workers: 1 });
    const stream = await pool.open(SPEC);
    const under = stream.push(rows(0, 5000));
    under.catch(() => undefined);
    await pool.close();
    await expect(under).rejects.toMatchObject({ code: 'WORKER_CRASHED' });
    await expect(pool.open(SPEC)).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
  });

  it('flushes the front, then the encoder, in one output that its first token names', async () => {
    const pool = new ModelPool({ workers: 1 });
    const longformer = { inputSize: 1, hiddenSize: 8, numLayers: 1, numHeads: 1, window: 5, lookAhead: 2 };
    const stream = await pool.open({ ...SPEC, encoder: { longformer, seed: 9 } });
    expect(await stream.push(rows(0, 2))).toMatchObject({ startToken: 0, rows: new Float32Array(0) });
    expect(await stream.flush()).toMatchObject({ startToken: 0, rows: { length: 2 * 8 } });
    const other = await pool.open({ ...SPEC, encoder: { longformer, seed: 9 } });
    expect(await other.push(rows(0, 7))).toMatchObject({ startToken: 0, rows: { length: 5 * 8 } });
    expect(await other.flush()).toMatchObject({ startToken: 5, rows: { length: 2 * 8 } });
    expect(other.stats.tokens).toBe(7);
    await expect(other.push(rows(0, 1))).rejects.toMatchObject({ name: 'StateError', code: 'STREAM_ENDED' });
    await pool.close();
  });

  it('refuses an encoder with look-ahead as features of the anomaly head', async () => {
    const pool = new ModelPool({ workers: 1 });
    const longformer = { inputSize: 1, hiddenSize: 8, numLayers: 1, numHeads: 1, window: 5, lookAhead: 2 };
    await expect(
      pool.open({ kind: 'anomaly', head: { channels: 1 }, encoder: { longformer, seed: 1 } }),
    ).rejects.toMatchObject({ name: 'ConfigError', message: expect.stringContaining('2 tokens') });
    await pool.close();
  });
});
